// Writes a safetensors file of fp32 tensors (header sorted by name, values in that order), whole or not at all.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace fovea::train_torch {

struct NamedValues {
  std::string name;
  std::vector<int64_t> shape;
  std::span<const float> values;
};

Result<void> write_safetensors(const std::string& path, std::vector<NamedValues> tensors);

}  // namespace fovea::train_torch
