#include "engine/layers/bert_embedding.h"

#include <gtest/gtest.h>

#include "engine/kernels/scalar.h"

namespace fovea::layers {
namespace {

// Every weight is a plain ramp, told apart by the length of its name.
Result<tensor::Tensor> ramp(const std::string& name, const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (int64_t extent : shape) count *= extent;
  auto storage = tensor::Storage::allocate(static_cast<size_t>(count) * sizeof(float));
  auto* values = reinterpret_cast<float*>(storage->writable());
  for (int64_t i = 0; i < count; ++i)
    values[i] = static_cast<float>((i * 7 + static_cast<int64_t>(name.size())) % 13) / 13.0f;
  return tensor::Tensor(storage, values, shape);
}

TEST(BertEmbedding, IsTheNormOfTheSumAndPositionsCountFromZeroInEachSequence) {
  constexpr int64_t kHidden = 20;
  const auto embedding = BertEmbedding::create(
      {.vocab = 9, .positions = 4, .token_types = 2, .hidden = kHidden, .layer_norm_eps = 1e-6f}, ramp);
  ASSERT_TRUE(embedding.has_value());
  const std::vector<int32_t> ids{8, 0, 3, 3, 5}, offsets{0, 3, 3, 5}, positions{0, 1, 2, 0, 1};
  std::vector<float> out(ids.size() * kHidden), sum(ids.size() * kHidden);
  (*embedding)->run(ids, offsets, {out.data(), 5, kHidden});
  const auto word = *ramp("word_embeddings.weight", {9, kHidden}),
             type = *ramp("token_type_embeddings.weight", {2, kHidden}),
             position = *ramp("position_embeddings.weight", {4, kHidden});
  for (size_t r = 0; r < ids.size(); ++r)
    for (size_t c = 0; c < kHidden; ++c)
      sum[r * kHidden + c] =
          word.matrix().row(ids[r])[c] + type.matrix().row(0)[c] + position.matrix().row(positions[r])[c];
  const auto want = kernels::scalar::layer_norm({sum.data(), 5, kHidden}, ramp("LayerNorm.weight", {kHidden})->values(),
                                                ramp("LayerNorm.bias", {kHidden})->values(), 1e-6);
  for (size_t i = 0; i < out.size(); ++i) ASSERT_NEAR(out[i], want[i], 5e-6);
}

}  // namespace
}  // namespace fovea::layers
