#include "engine/tensor/half.h"

#include <gtest/gtest.h>

#include <cmath>

namespace fovea::tensor {
namespace {

TEST(Half, EveryF16IsWidenedExactly) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = from_f16(static_cast<uint16_t>(bits));
    const int exponent = static_cast<int>((bits >> 10) & 0x1F), fraction = static_cast<int>(bits & 0x3FF);
    if (exponent == 31) {
      ASSERT_EQ(std::isnan(value), fraction != 0);
      continue;
    }
    const float magnitude = exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                                          : std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
    ASSERT_EQ(value, bits & 0x8000 ? -magnitude : magnitude) << bits;
    ASSERT_EQ(std::signbit(value), (bits & 0x8000) != 0);
    ASSERT_EQ(std::bit_cast<uint32_t>(from_finite_f16(static_cast<uint16_t>(bits))), std::bit_cast<uint32_t>(value));
  }
}

TEST(Half, Bf16IsTheUpperHalf) {
  EXPECT_EQ(from_bf16(0x3F80), 1.0f);
  EXPECT_EQ(from_bf16(0xC2F7), -123.5f);
  EXPECT_EQ(from_bf16(0x0001), 0x1p-133f);
}

}  // namespace
}  // namespace fovea::tensor
