#include "base/file_error.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace fovea {

Error file_error(const char* doing, const std::string& path, int error) {
  Code code = error == ENOENT                                        ? Code::kNotFound
              : error == EACCES || error == EPERM                    ? Code::kPermissionDenied
              : error == ENOSPC || error == EDQUOT || error == EFBIG ? Code::kResourceExhausted
              : error == EEXIST                                      ? Code::kAlreadyExists
              : error == EXDEV                                       ? Code::kFailedPrecondition
                                                                     : Code::kUnavailable;
  return {code, fmt::format("cannot {}: {}", doing, std::strerror(error)), path,
          code == Code::kResourceExhausted ? "free some disk space"
          : error == ELOOP                 ? "a symbolic link leads back to itself; put the file in its place"
                                           : ""};
}

}  // namespace fovea
