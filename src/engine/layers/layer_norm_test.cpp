#include "engine/layers/layer_norm.h"

#include <gtest/gtest.h>

#include "engine/kernels/scalar.h"
#include "engine/layers/ramp_test.h"

namespace fovea::layers {
namespace {

TEST(LayerNorm, IsItsSpecificationWithAndWithoutABias) {
  constexpr int64_t kRows = 3, kCols = 20;
  for (const bool bias : {true, false}) {
    const auto norm = LayerNorm::create(RampWeights(), "norm", kCols, 1e-5f, bias);
    ASSERT_TRUE(norm.has_value());
    const tensor::Tensor rows = *ramp("rows", {kRows, kCols});
    std::vector<float> values(rows.values().begin(), rows.values().end());
    norm->run(*kernels::isa_from_environment().value(), {values.data(), kRows, kCols});
    const std::vector<float> none(kCols, 0.0f);
    const tensor::Tensor shift = *ramp("norm.bias", {kCols});
    const auto want = kernels::scalar::layer_norm(rows.matrix(), ramp("norm.weight", {kCols})->values(),
                                                  bias ? shift.values() : std::span<const float>(none), 1e-5);
    for (size_t i = 0; i < values.size(); ++i) ASSERT_NEAR(values[i], want[i], 5e-6);
  }
}

TEST(LayerNorm, ReturnsWhatItsWeightsReturn) {
  struct : WeightSource {
    Result<tensor::Tensor> tensor(const std::string& name, const std::vector<int64_t>&) const override {
      return fail(Code::kNotFound, "no such tensor", name);
    }
  } const none;
  EXPECT_EQ(LayerNorm::create(none, "norm", 4, 1e-5f, true).error().where, "norm.weight");
}

}  // namespace
}  // namespace fovea::layers
