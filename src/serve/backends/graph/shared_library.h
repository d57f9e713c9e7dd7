// A library that is there or not, opened at run time. It stays open until the process ends: what such libraries leave
// behind in threads and exit handlers does not bear being unloaded.
// Errors: kFailedPrecondition, with how to get the library; `where` is the path or the names that were tried.
#pragma once

#include <span>
#include <string>

#include "base/error.h"

namespace fovea::graph {

struct LibraryNames {
  const char* variable;  // of the environment: names a file, and nothing else is tried then
  std::span<const char* const>
      names;         // files: beside the program in ../backends, else as the dynamic linker finds them
  const char* hint;  // where there is none
};

class SharedLibrary {
 public:
  static Result<SharedLibrary> open(const LibraryNames& names);
  const std::string& path() const { return path_; }
  void* symbol(const char* name) const;  // null: it has none

  template <typename F>
  Result<void> take(F*& function, const char* name) const {
    function = reinterpret_cast<F*>(symbol(name));
    if (function) return {};
    return fail(Code::kFailedPrecondition, std::string("has no function ") + name, path_,
                "another version of the library is needed");
  }

 private:
  SharedLibrary(void* handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  void* handle_;
  std::string path_;
};

}  // namespace fovea::graph
