// model.safetensors.index.json: which file of the folder holds which tensor, for weights that are split.
// Format: {"metadata": {...}, "weight_map": {"TENSOR": "model-00001-of-00002.safetensors", ...}} (huggingface_hub,
// "serialization").
// Errors: kInvalidArgument (malformed, a file outside of the folder, beyond limits.h); `where` is "FILE: weight_map" or
// "FILE: TENSOR".
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fovea::weights {

struct ShardIndex {
  std::map<std::string, std::string, std::less<>> files;  // by tensor: a plain file name
  std::vector<std::string> shards;                        // the file names, each once, sorted
};

Result<ShardIndex> parse_shard_index(std::string_view text, const std::string& path);

}  // namespace fovea::weights
