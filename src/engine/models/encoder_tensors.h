// The tensors of a folder under BERT's names: prefix or none, another architecture's names, slices of fused tensors,
// LayerNorm's old names gamma and beta.
// Journey: between WeightFiles and the layers that ask for tensors by name.
// Borrows `files` and `names`, which must outlive it. Errors: as WeightFiles, with the file's own names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/layers/encoder_stack.h"
#include "engine/layers/token_embedding.h"
#include "engine/models/encoder_config.h"
#include "engine/weights/weight_files.h"

namespace fovea::models {

class EncoderTensors {
 public:
  EncoderTensors(const weights::WeightFiles& files, const TensorNames& names);

  layers::FindTensor find() const;       // of the embedding and the stack: under the prefix if the encoder is
  layers::FindTensor find_head() const;  // of the head, whose names are the file's: bare, else under the prefix
  layers::FindRows find_rows() const;

 private:
  struct Place {
    std::string name;  // as the file has it; empty: zeros
    int slice = 0, slices = 1;
  };
  Place place(std::string_view name) const;
  std::string known(std::string name) const;
  Result<tensor::Tensor> load(const Place& place, std::vector<int64_t> shape) const;

  const weights::WeightFiles& files_;
  const TensorNames& names_;
  bool prefixed_ = false;
};

}  // namespace fovea::models
