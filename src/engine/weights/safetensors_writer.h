// Writes a safetensors file: fp32 tensors, in the order given, replaced as a whole (Files::write_atomic).
// Errors: kInvalidArgument where values and shape do not agree or a name comes twice; those of Files.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/files.h"

namespace fovea::weights {

struct NamedValues {
  std::string name;
  std::vector<int64_t> shape;
  std::span<const float> values;  // borrowed
};

Result<void> write_safetensors(Files& files, const std::string& path, std::span<const NamedValues> tensors,
                               const std::map<std::string, std::string>& metadata = {});

}  // namespace fovea::weights
