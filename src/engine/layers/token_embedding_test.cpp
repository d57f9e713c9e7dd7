#include "engine/layers/token_embedding.h"

#include <gtest/gtest.h>

#include "engine/kernels/scalar.h"
#include "engine/layers/ramp_test.h"

namespace fovea::layers {
namespace {

constexpr int64_t kSize = 20;
const std::vector<int32_t> kIds{8, 1, 3, 3, 5}, kOffsets{0, 3, 3, 5};

std::vector<float> run(const TokenEmbeddingShape& shape, const std::vector<int32_t>& types) {
  const auto embedding = TokenEmbedding::create(shape, RampWeights());
  EXPECT_TRUE(embedding.has_value());
  std::vector<float> out(kIds.size() * static_cast<size_t>(shape.hidden));
  tensor::Arena arena;
  (*embedding)->run(kIds, types, kOffsets, {out.data(), static_cast<int64_t>(kIds.size()), shape.hidden}, arena);
  return out;
}

// The norm of the sum, with a row of each table for each token; -1: none.
std::vector<float> want(const TokenEmbeddingShape& shape, const std::vector<int64_t>& types,
                        const std::vector<int64_t>& positions) {
  const auto word = *ramp("embeddings.word_embeddings.weight", {shape.vocab, kSize});
  const auto type = *ramp("embeddings.token_type_embeddings.weight", {std::max<int64_t>(1, shape.token_types), kSize});
  const auto position = *ramp("embeddings.position_embeddings.weight", {std::max<int64_t>(1, shape.positions), kSize});
  std::vector<float> sum;
  for (size_t r = 0; r < kIds.size(); ++r)
    for (size_t c = 0; c < kSize; ++c)
      sum.push_back(word.matrix().row(kIds[r])[c] + (types[r] < 0 ? 0 : type.matrix().row(types[r])[c]) +
                    (positions[r] < 0 ? 0 : position.matrix().row(positions[r])[c]));
  const auto normed = kernels::scalar::layer_norm({sum.data(), static_cast<int64_t>(kIds.size()), kSize},
                                                  ramp("embeddings.LayerNorm.weight", {kSize})->values(),
                                                  ramp("embeddings.LayerNorm.bias", {kSize})->values(), 1e-6);
  return {normed.begin(), normed.end()};
}

void expect_near(const std::vector<float>& got, const std::vector<float>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], expected[i], 5e-6) << i;
}

const TokenEmbeddingShape kBert{
    .vocab = 9, .hidden = kSize, .size = kSize, .positions = 6, .token_types = 2, .layer_norm_eps = 1e-6f};

TEST(TokenEmbedding, IsTheNormOfTheSumAndPositionsCountFromZeroInEachSequence) {
  expect_near(run(kBert, {}), want(kBert, {0, 0, 0, 0, 0}, {0, 1, 2, 0, 1}));
  expect_near(run(kBert, {0, 0, 1, 0, 1}), want(kBert, {0, 0, 1, 0, 1}, {0, 1, 2, 0, 1}));
}

TEST(TokenEmbedding, RobertasPositionsBeginBehindThePaddingAndItStandsStill) {
  TokenEmbeddingShape shape = kBert;
  shape.first_position = 2;
  shape.still_id = 1;
  expect_near(run(shape, {}), want(shape, {0, 0, 0, 0, 0}, {2, 1, 3, 2, 3}));
  EXPECT_EQ(shape.tokens_max(), 4);
}

TEST(TokenEmbedding, TablesMayBeMissing) {
  TokenEmbeddingShape shape = kBert;
  shape.positions = shape.token_types = 0;
  expect_near(run(shape, {}), want(shape, {-1, -1, -1, -1, -1}, {-1, -1, -1, -1, -1}));
}

TEST(TokenEmbedding, ANarrowOneIsProjected) {
  TokenEmbeddingShape shape = kBert;
  shape.hidden = 33;
  const auto normed = want(shape, {0, 0, 0, 0, 0}, {0, 1, 2, 0, 1});
  const auto projected = kernels::scalar::linear({normed.data(), static_cast<int64_t>(kIds.size()), kSize},
                                                 ramp("embeddings_project.weight", {33, kSize})->matrix(),
                                                 ramp("embeddings_project.bias", {33})->values());
  expect_near(run(shape, {}), {projected.begin(), projected.end()});
}

}  // namespace
}  // namespace fovea::layers
