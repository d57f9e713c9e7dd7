// The weights of a Hugging Face folder: model.safetensors, or the shards that model.safetensors.index.json names, as
// one set of tensors.
// Journey: between a folder and the tensor names of engine/models.
// Ownership and threads: as SafeTensors; the tensors keep their mapping alive.
// Errors: kNotFound (no weights, a shard or a tensor is missing), kInvalidArgument (a damaged file or index, a tensor
// in two files, or not in the one that the index names), kUnimplemented; `where` is "FILE" or "FILE: TENSOR".
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/weights/safetensors.h"
#include "engine/weights/shard_index.h"

namespace fovea::weights {

class WeightFiles {
 public:
  static Result<WeightFiles> open(const std::string& folder);

  bool has(std::string_view name) const { return file_of_.find(name) != file_of_.end(); }
  // As SafeTensors' of the file that holds `name`.
  Result<tensor::Tensor> load(std::string_view name, const std::vector<int64_t>& shape) const;
  Result<tensor::RowTable> load_rows(std::string_view name, int64_t rows, int64_t cols) const;

  std::vector<std::string> paths() const;            // of the weights, the index among them
  const std::string& path() const { return path_; }  // model.safetensors or the index

 private:
  WeightFiles() = default;
  Result<void> open_shards(const std::string& folder);
  Result<const SafeTensors*> find(std::string_view name) const;

  std::string path_;
  std::vector<SafeTensors> files_;
  std::map<std::string, size_t, std::less<>> file_of_;  // by tensor: index into files_
};

}  // namespace fovea::weights
