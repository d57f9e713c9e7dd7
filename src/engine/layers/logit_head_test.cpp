#include "engine/layers/logit_head.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/kernels/scalar.h"
#include "engine/layers/ramp_test.h"

namespace fovea::layers {
namespace {

constexpr int64_t kRows = 3, kHidden = 20, kLabels = 5;

std::vector<float> narrowed(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

std::vector<float> linear(const std::vector<float>& rows, const std::string& name, int64_t out, bool bias) {
  const tensor::Tensor shift = *ramp(name + ".bias", {out});
  return narrowed(kernels::scalar::linear({rows.data(), kRows, kHidden},
                                          ramp(name + ".weight", {out, kHidden})->matrix(),
                                          bias ? shift.values() : std::span<const float>()));
}

std::vector<float> input() {
  const tensor::Tensor rows = *ramp("rows", {kRows, kHidden});
  return {rows.values().begin(), rows.values().end()};
}

void expect_head(const LogitHeadShape& shape, const std::vector<float>& want) {
  const auto head = LogitHead::create(shape, RampWeights());
  ASSERT_TRUE(head.has_value());
  const std::vector<float> rows = input();
  std::vector<float> got(kRows * kLabels);
  tensor::Arena arena;
  head->run(*kernels::isa_from_environment().value(), {rows.data(), kRows, kHidden}, {got.data(), kRows, kLabels},
            arena);
  for (size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], want[i], 1e-5) << i;
}

TEST(LogitHead, AClassifierAlone) {
  expect_head({.hidden = kHidden, .labels = kLabels}, linear(input(), "classifier", kLabels, true));
}

TEST(LogitHead, DenseActivationNormAndClassifier) {
  LogitHeadShape shape{.hidden = kHidden,
                       .labels = kLabels,
                       .dense = "head.dense",
                       .dense_bias = false,
                       .activation = RowActivation::kTanh,
                       .classifier = "head.out"};
  std::vector<float> middle = linear(input(), "head.dense", kHidden, false);
  for (float& value : middle) value = std::tanh(value);
  expect_head(shape, linear(middle, "head.out", kLabels, true));
  shape.norm = "head.norm";
  shape.norm_eps = 1e-5f;
  middle = narrowed(kernels::scalar::layer_norm({middle.data(), kRows, kHidden},
                                                ramp("head.norm.weight", {kHidden})->values(),
                                                ramp("head.norm.bias", {kHidden})->values(), 1e-5));
  expect_head(shape, linear(middle, "head.out", kLabels, true));
}

}  // namespace
}  // namespace fovea::layers
