// The weights of a Hugging Face folder under BERT's names: prefix or none, another architecture's names, slices of
// fused tensors, LayerNorm's old names gamma and beta.
// Journey: between WeightFiles and the layers that ask for weights by name.
// Borrows `names`, which must outlive it. Errors: as WeightFiles, with the file's own names.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "engine/layers/weight_source.h"
#include "engine/models/encoder_config.h"
#include "engine/weights/weight_files.h"

namespace fovea::models {

// Of the embedding and the stack: under the prefix if the encoder is.
class EncoderTensors final : public layers::WeightSource {
 public:
  // `bf16_rows`: the word embedding's rows are rounded to bf16, as packed files of bf16 and int8 keep them.
  EncoderTensors(std::shared_ptr<const weights::WeightFiles> files, const TensorNames& names, bool bf16_rows);

  Result<tensor::Tensor> tensor(const std::string& name, const std::vector<int64_t>& shape) const override;
  Result<tensor::RowTable> rows(const std::string& name, int64_t rows, int64_t cols) const override;

 private:
  struct Place {
    std::string name;  // as the file has it; empty: zeros
    int slice = 0, slices = 1;
  };
  Place place(std::string_view name) const;
  std::string known(std::string name) const;

  std::shared_ptr<const weights::WeightFiles> files_;
  const TensorNames& names_;
  bool prefixed_ = false, bf16_rows_;
};

// Of a head, whose names are the file's: bare, else under the prefix (which may be empty).
class HeadTensors final : public layers::WeightSource {
 public:
  HeadTensors(std::shared_ptr<const weights::WeightFiles> files, std::string_view prefix)
      : files_(std::move(files)), prefix_(prefix) {}

  Result<tensor::Tensor> tensor(const std::string& name, const std::vector<int64_t>& shape) const override;

 private:
  std::shared_ptr<const weights::WeightFiles> files_;
  std::string_view prefix_;
};

}  // namespace fovea::models
