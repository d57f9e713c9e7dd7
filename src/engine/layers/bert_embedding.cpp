#include "engine/layers/bert_embedding.h"

#include "base/check.h"

namespace fovea::layers {

Result<std::unique_ptr<BertEmbedding>> BertEmbedding::create(const BertEmbeddingShape& shape, const FindTensor& find) {
  FOVEA_TRY(const kernels::IsaKernels* isa, kernels::isa_from_environment());
  std::unique_ptr<BertEmbedding> made(new BertEmbedding(shape, *isa));
  FOVEA_TRY(made->word_, find("word_embeddings.weight", {shape.vocab, shape.hidden}));
  FOVEA_TRY(made->position_, find("position_embeddings.weight", {shape.positions, shape.hidden}));
  FOVEA_TRY(made->token_type_, find("token_type_embeddings.weight", {shape.token_types, shape.hidden}));
  FOVEA_TRY(made->norm_weight_, find("LayerNorm.weight", {shape.hidden}));
  FOVEA_TRY(made->norm_bias_, find("LayerNorm.bias", {shape.hidden}));
  return made;
}

void BertEmbedding::run(std::span<const int32_t> ids, std::span<const int32_t> offsets, tensor::Matrix out) const {
  FOVEA_CHECK(static_cast<int64_t>(ids.size()) == out.rows && out.cols == shape_.hidden);
  const float* type = token_type_.values().data();
  for (size_t s = 0; s + 1 < offsets.size(); ++s) {
    FOVEA_CHECK(offsets[s + 1] - offsets[s] <= shape_.positions);
    for (int32_t r = offsets[s]; r < offsets[s + 1]; ++r) {
      const int32_t id = ids[static_cast<size_t>(r)];
      FOVEA_CHECK(id >= 0 && id < shape_.vocab);
      const float* word = word_.values().data() + id * shape_.hidden;
      const float* position = position_.values().data() + (r - offsets[s]) * shape_.hidden;
      float* row = out.row(r).data();
      for (int64_t c = 0; c < shape_.hidden; ++c) row[c] = word[c] + type[c] + position[c];
    }
  }
  isa_.layer_norm(out.data, out.stride, out.rows, out.cols, norm_weight_.values().data(), norm_bias_.values().data(),
                  shape_.layer_norm_eps);
}

}  // namespace fovea::layers
