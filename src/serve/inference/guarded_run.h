// A run whose backend may throw, which backends must not: it fails its group, and the server goes on.
#pragma once

#include <fmt/format.h>

#include <exception>

#include "serve/inference/backend.h"

namespace fovea::inference {

inline Result<void> run_guarded(const Backend& backend, const Backend::Run& run) {
  try {
    return backend.run(run);
  } catch (const std::exception& thrown) {
    return fail(Code::kInternal, fmt::format("the backend threw: {}", thrown.what()));
  } catch (...) {
    return fail(Code::kInternal, "the backend threw");
  }
}

}  // namespace fovea::inference
