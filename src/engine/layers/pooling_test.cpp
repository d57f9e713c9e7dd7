#include "engine/layers/pooling.h"

#include <gtest/gtest.h>

#include <vector>

namespace fovea::layers {
namespace {

TEST(Pooling, FirstMeanAndMaximum) {
  const std::vector<float> hidden{1, 5, 3, -1, 7, 7};  // rows (1,5) (3,-1) | (7,7)
  const std::vector<int32_t> offsets{0, 2, 2, 3};
  const auto pooled = [&](Pooling how) {
    std::vector<float> out(6, 9.0f);
    pool({hidden.data(), 3, 2}, offsets, how, {out.data(), 3, 2});
    return out;
  };
  EXPECT_EQ(pooled(Pooling::kFirst), (std::vector<float>{1, 5, 0, 0, 7, 7}));
  EXPECT_EQ(pooled(Pooling::kMean), (std::vector<float>{2, 2, 0, 0, 7, 7}));
  EXPECT_EQ(pooled(Pooling::kMax), (std::vector<float>{3, 5, 0, 0, 7, 7}));
}

TEST(Pooling, ScalesToUnit) {
  std::vector<float> rows{3, 4, 0, 0};
  scale_to_unit({rows.data(), 2, 2});
  EXPECT_EQ(rows, (std::vector<float>{0.6f, 0.8f, 0, 0}));
}

}  // namespace
}  // namespace fovea::layers
