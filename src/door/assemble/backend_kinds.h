// The kinds of backends that a model server has besides the engine, in the order in which they are asked.
#pragma once

#include <cstddef>
#include <vector>

#include "serve/inference/backend_kind.h"

namespace fovea::assemble {

// `graph_memory_max`: as OnnxRuntimeOptions::memory_max.
std::vector<inference::BackendKind> backend_kinds(size_t graph_memory_max);

}  // namespace fovea::assemble
