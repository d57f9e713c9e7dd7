#include "engine/layers/token_embedding.h"

#include "base/check.h"

namespace fovea::layers {
namespace {

void add(const float* from, std::span<float> row) {
  for (size_t c = 0; c < row.size(); ++c) row[c] += from[c];
}

}  // namespace

Result<std::unique_ptr<TokenEmbedding>> TokenEmbedding::create(const TokenEmbeddingShape& shape,
                                                               const WeightSource& weights) {
  FOVEA_TRY(const kernels::IsaKernels* isa, kernels::isa_from_environment());
  std::unique_ptr<TokenEmbedding> made(new TokenEmbedding(shape, *isa));
  FOVEA_TRY(made->word_, weights.rows("embeddings.word_embeddings.weight", shape.vocab, shape.size));
  if (shape.positions > 0) {
    FOVEA_TRY(made->position_, weights.tensor("embeddings.position_embeddings.weight", {shape.positions, shape.size}));
  }
  if (shape.token_types > 0) {
    FOVEA_TRY(made->token_type_,
              weights.tensor("embeddings.token_type_embeddings.weight", {shape.token_types, shape.size}));
  }
  FOVEA_TRY(made->norm_,
            LayerNorm::create(weights, "embeddings.LayerNorm", shape.size, shape.layer_norm_eps, shape.norm_bias));
  if (shape.size != shape.hidden) {
    FOVEA_TRY(made->project_, portable_linear(weights, "embeddings_project", shape.hidden, shape.size, true));
  }
  return made;
}

void TokenEmbedding::sum_rows(std::span<const int32_t> ids, std::span<const int32_t> types,
                              std::span<const int32_t> offsets, tensor::Matrix out) const {
  for (size_t s = 0; s + 1 < offsets.size(); ++s) {
    int64_t position = shape_.first_position;
    for (int32_t r = offsets[s]; r < offsets[s + 1]; ++r) {
      const int32_t id = ids[static_cast<size_t>(r)];
      const std::span<float> row = out.row(r);
      word_.read(id, row);
      if (shape_.token_types > 0) {
        const int64_t type = types.empty() ? 0 : types[static_cast<size_t>(r)];
        FOVEA_CHECK(type >= 0 && type < shape_.token_types);
        add(token_type_.values().data() + type * shape_.size, row);
      }
      if (shape_.positions == 0) continue;
      const int64_t at = id == shape_.still_id ? shape_.first_position - 1 : position++;
      FOVEA_CHECK(at >= 0 && at < shape_.positions);
      add(position_.values().data() + at * shape_.size, row);
    }
  }
}

void TokenEmbedding::run(std::span<const int32_t> ids, std::span<const int32_t> types, std::span<const int32_t> offsets,
                         tensor::Matrix out, tensor::Arena& arena) const {
  FOVEA_CHECK(static_cast<int64_t>(ids.size()) == out.rows && out.cols == shape_.hidden);
  FOVEA_CHECK(types.empty() || types.size() == ids.size());
  if (shape_.size == shape_.hidden) {
    sum_rows(ids, types, offsets, out);
    norm_.run(isa_, out);
    return;
  }
  const tensor::Arena::Scope scope(arena);
  const tensor::Matrix narrow = arena.matrix(out.rows, shape_.size);
  sum_rows(ids, types, offsets, narrow);
  norm_.run(isa_, narrow);
  project_.run(isa_, narrow, out, arena);
}

}  // namespace fovea::layers
