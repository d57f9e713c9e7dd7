// The fovea-hashed classifier: an encoder over hashed features, small enough to be trained from scratch on a table.
// Each token's row is the sum of its known features' embeddings over the square root of their count, plus its
// position; LayerNorm; BERT layers; mean and maximum over the tokens; a linear head. Read from a folder
// (docs/formats/hashed-encoder.md) with config.json (`model_type` fovea-hashed), features.bin and model.safetensors.
// Ownership: keeps its weights; the feature table stays memory-mapped, so files must be replaced by rename.
// Threads: run() from any number at once, each with its own arena. A text's logits depend on that text, the weights,
// the precision and (but for int8) the instruction set alone, to the bit. Errors: of create(): kNotFound,
// kInvalidArgument, kUnimplemented, with file and field or tensor; of run(): what `before_layer` returns.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/error.h"
#include "engine/layers/encoder_stack.h"
#include "engine/layers/layer_norm.h"
#include "engine/models/encoder_model.h"
#include "engine/tensor/arena.h"
#include "engine/tensor/tensor.h"
#include "engine/tokenize/hashed_keys.h"
#include "engine/tokenize/hashed_tokens.h"

namespace fovea::models {

class HashedEncoder {
 public:
  // `precision`: of the layers; embeddings and head are fp32. What the verdict says is the caller's business.
  static Result<std::unique_ptr<HashedEncoder>> create(const std::string& folder,
                                                       kernels::Precision precision = kernels::Precision::kFp32);

  // Tokens of several texts → out [texts, labels]. `how.focus`: empty or one value per token of all texts.
  Result<void> run(std::span<const tokenize::HashedTokens> texts, tensor::Matrix out, tensor::Arena& arena,
                   const ModelRun& how = {}) const;

  const tokenize::HashedTokenShape& tokens() const { return tokens_; }
  int64_t labels() const { return classifier_.out(); }
  kernels::Precision precision() const { return stack_->precision(); }

 private:
  HashedEncoder() = default;
  void embed(const tokenize::HashedTokens& text, tensor::Matrix rows) const;

  tokenize::HashedTokenShape tokens_;
  tokenize::HashedKeys keys_;
  tensor::Tensor features_, positions_, types_;
  layers::LayerNorm norm_;
  std::unique_ptr<layers::EncoderStack> stack_;
  kernels::PackedLinear classifier_;
  const kernels::IsaKernels* isa_ = nullptr;
};

}  // namespace fovea::models
