// The embedding of token ids: LayerNorm(word[id] + token_type[type] + position[i]), one row a token, and a projection
// to the encoder's width where the embedding is narrower (ELECTRA).
// Journey: the first layer of every model of ids; EncoderStack follows.
// Shapes: ids [rows] → out [rows, hidden], ragged; positions count from 0 in each sequence.
// Ownership: keeps the tensors; the word embedding may stay memory-mapped.
// Threads: run() from any number at once, each with its own arena.
// Errors: what `weights` returns. REQUIRES of run(): ids in [0, vocab), types in [0, token_types), sequences of at
// most tokens_max().
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/error.h"
#include "engine/kernels/isa.h"
#include "engine/kernels/packed_linear.h"
#include "engine/layers/encoder_stack.h"
#include "engine/layers/layer_norm.h"
#include "engine/layers/weight_source.h"
#include "engine/tensor/arena.h"
#include "engine/tensor/row_table.h"
#include "engine/tensor/tensor.h"

namespace fovea::layers {

struct TokenEmbeddingShape {
  int64_t vocab = 0, hidden = 0;
  int64_t size = 0;         // of an embedding; other than `hidden`: projected
  int64_t positions = 0;    // rows of the table of positions; 0: there is none (the stack has rotary ones)
  int64_t token_types = 0;  // 0: there are none
  // RoBERTa's positions begin at padding_idx + 1; the padding id itself, should a text hold it, stands at padding_idx
  // and moves no other token on.
  int64_t first_position = 0;
  int32_t still_id = -1;  // that id, or -1
  float layer_norm_eps = 1e-12f;
  bool norm_bias = true;

  // Where there is no table, the model says how long a sequence may be.
  int64_t tokens_max() const { return positions - first_position; }
};

class TokenEmbedding {
 public:
  // Names are BERT's: "embeddings.word_embeddings.weight" (by rows), "embeddings.position_embeddings.weight",
  // "embeddings.token_type_embeddings.weight", "embeddings.LayerNorm", "embeddings_project".
  static Result<std::unique_ptr<TokenEmbedding>> create(const TokenEmbeddingShape& shape, const WeightSource& weights);

  // `types` [rows], or empty: all 0.
  void run(std::span<const int32_t> ids, std::span<const int32_t> types, std::span<const int32_t> offsets,
           tensor::Matrix out, tensor::Arena& arena) const;

  const TokenEmbeddingShape& shape() const { return shape_; }

 private:
  TokenEmbedding(const TokenEmbeddingShape& shape, const kernels::IsaKernels& isa) : shape_(shape), isa_(isa) {}
  void sum_rows(std::span<const int32_t> ids, std::span<const int32_t> types, std::span<const int32_t> offsets,
                tensor::Matrix out) const;

  TokenEmbeddingShape shape_;
  const kernels::IsaKernels& isa_;
  tensor::RowTable word_;
  tensor::Tensor position_, token_type_;
  LayerNorm norm_;
  kernels::PackedLinear project_;  // size → hidden
};

}  // namespace fovea::layers
