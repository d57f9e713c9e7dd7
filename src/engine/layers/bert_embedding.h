// BERT's embedding: LayerNorm(word[id] + token_type[0] + position[i]), one row per token.
// Shapes: ids [rows] → out [rows, hidden], ragged; positions count from 0 in each sequence.
// Ownership: keeps the tensors, which may stay memory-mapped.
// Threads: run() from any number at once.
// Errors: what `find` returns. REQUIRES of run(): ids in [0, vocab), sequences of at most `positions` tokens.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/error.h"
#include "engine/kernels/isa.h"
#include "engine/layers/encoder_stack.h"
#include "engine/tensor/tensor.h"

namespace fovea::layers {

struct BertEmbeddingShape {
  int64_t vocab = 0, positions = 0, token_types = 0, hidden = 0;
  float layer_norm_eps = 1e-12f;
};

class BertEmbedding {
 public:
  // Names are BERT's, without a prefix: "word_embeddings.weight", "LayerNorm.bias" and so on.
  static Result<std::unique_ptr<BertEmbedding>> create(const BertEmbeddingShape& shape, const FindTensor& find);

  void run(std::span<const int32_t> ids, std::span<const int32_t> offsets, tensor::Matrix out) const;

  const BertEmbeddingShape& shape() const { return shape_; }

 private:
  BertEmbedding(const BertEmbeddingShape& shape, const kernels::IsaKernels& isa) : shape_(shape), isa_(isa) {}

  BertEmbeddingShape shape_;
  const kernels::IsaKernels& isa_;
  tensor::Tensor word_, position_, token_type_, norm_weight_, norm_bias_;
};

}  // namespace fovea::layers
