#include "serve/backends/graph/shared_library.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>

namespace fovea::graph {
namespace {

namespace fs = std::filesystem;

// Its real place: what it needs lies beside it, not beside a link to it.
void* open_at(const std::string& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  return dlopen(error ? path.c_str() : real.c_str(), RTLD_NOW | RTLD_LOCAL);
}

std::string why() {
  const char* said = dlerror();
  return said ? said : "cannot be opened";
}

}  // namespace

Result<SharedLibrary> SharedLibrary::open(const LibraryNames& names) {
  if (const char* given = std::getenv(names.variable); given && *given) {
    if (void* handle = open_at(given)) return SharedLibrary(handle, given);
    return fail(Code::kFailedPrecondition, why(), std::string(names.variable), names.hint);
  }
  std::error_code error;
  const fs::path beside = fs::read_symlink("/proc/self/exe", error).parent_path().parent_path() / "backends";
  std::string tried, damaged;
  for (const char* name : names.names) {
    const fs::path own = beside / name;
    if (!fs::exists(own, error)) continue;
    if (void* handle = open_at(own.string())) return SharedLibrary(handle, own.string());
    damaged = why();
  }
  if (!damaged.empty()) return fail(Code::kFailedPrecondition, damaged, beside.string(), names.hint);
  for (const char* name : names.names) {
    if (void* handle = dlopen(name, RTLD_NOW | RTLD_LOCAL)) return SharedLibrary(handle, name);
    tried += (tried.empty() ? "" : ", ") + std::string(name);
  }
  return fail(Code::kFailedPrecondition, "the library is not there", tried, names.hint);
}

void* SharedLibrary::symbol(const char* name) const {
  return dlsym(handle_, name);
}

}  // namespace fovea::graph
