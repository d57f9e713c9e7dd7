#include "engine/tensor/finite.h"

#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>
#include <vector>

namespace fovea::tensor {
namespace {

TEST(Finite, OneThatIsNoNumberIsFoundWhereverItStands) {
  for (size_t count : {0u, 1u, 7u, 64u, 65u}) {
    std::vector<float> values(count, -FLT_MAX);
    EXPECT_TRUE(all_finite(values));
    for (size_t at = 0; at < count; ++at) {
      for (float bad : {NAN, INFINITY, -INFINITY, -NAN}) {
        values[at] = bad;
        EXPECT_FALSE(all_finite(values)) << at;
      }
      values[at] = 0;
    }
  }
}

TEST(Finite, HalvesHaveTheirOwnExponents) {
  const auto finite = [](uint16_t bits, Element element) {
    const uint16_t values[] = {0, bits, 0x3C00};
    return all_finite(std::as_bytes(std::span(values)), element);
  };
  EXPECT_TRUE(finite(0x7BFF, Element::kF16));
  EXPECT_FALSE(finite(0x7C00, Element::kF16));
  EXPECT_FALSE(finite(0xFE00, Element::kF16));
  EXPECT_TRUE(finite(0x7F7F, Element::kBF16));
  EXPECT_FALSE(finite(0x7F80, Element::kBF16));
  EXPECT_FALSE(finite(0xFFC0, Element::kBF16));
}

}  // namespace
}  // namespace fovea::tensor
