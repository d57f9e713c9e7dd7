// What one YAML file may hold.
#pragma once

#include <cstddef>

namespace fovea {

constexpr size_t kYamlBytesMax = 1u << 20;
constexpr size_t kYamlDepthMax = 32;
constexpr size_t kYamlNodesMax = 20'000;

}  // namespace fovea
