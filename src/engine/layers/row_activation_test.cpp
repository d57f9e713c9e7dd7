#include "engine/layers/row_activation.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fovea::layers {
namespace {

TEST(RowActivation, ValuesOfTheDefinitions) {
  const auto one = [](RowActivation how, float x) {
    activate(how, {&x, 1, 1});
    return x;
  };
  for (const double x : {-20.0, -3.0, -0.5, 0.0, 0.25, 2.0, 30.0}) {
    const auto at = static_cast<float>(x);
    EXPECT_EQ(one(RowActivation::kNone, at), at);
    EXPECT_NEAR(one(RowActivation::kTanh, at), std::tanh(x), 1e-6);
    EXPECT_NEAR(one(RowActivation::kGelu, at), x / 2 * (1 + std::erf(x / std::sqrt(2.0))), 1e-6);
    EXPECT_NEAR(one(RowActivation::kGeluTanh, at),
                x / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))), 1e-6);
    EXPECT_EQ(one(RowActivation::kRelu, at), x > 0 ? at : 0);
    EXPECT_NEAR(one(RowActivation::kSilu, at), x / (1 + std::exp(-x)), 1e-6);
  }
}

TEST(RowActivation, KeepsToTheColumnsOfTheView) {
  float values[] = {-1, -2, -3, -4};
  activate(RowActivation::kRelu, {values, 2, 1, 2});
  EXPECT_EQ(values[0] + values[2], 0);
  EXPECT_EQ(values[1], -2);
  EXPECT_EQ(values[3], -4);
}

}  // namespace
}  // namespace fovea::layers
