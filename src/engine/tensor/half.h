// 16-bit floats widened to fp32, exactly: IEEE 754 binary16, and bfloat16 (the upper half of an fp32); and fp32 to
// bfloat16.
#pragma once

#include <bit>
#include <cstdint>

namespace fovea::tensor {

inline float from_bf16(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

// The nearest, ties to even. REQUIRES: neither NaN nor infinity.
inline uint16_t to_bf16(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  return static_cast<uint16_t>((bits + ((bits >> 16) & 1) + 0x7FFF) >> 16);
}

inline float from_f16(uint16_t bits) {
  const uint32_t sign = (bits & 0x8000u) << 16;
  const uint32_t exponent = (bits >> 10) & 0x1Fu;
  const uint32_t fraction = bits & 0x3FFu;
  if (exponent == 0) {  // zero and subnormals: fraction * 2^-24
    const float value = static_cast<float>(fraction) * 0x1.0p-24f;
    return sign ? -value : value;
  }
  if (exponent == 0x1F) return std::bit_cast<float>(sign | 0x7F800000u | (fraction << 13));
  return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
}

// from_f16() without branches, so that loops become vectors: the exponent, moved into fp32's place, lacks 112.
// REQUIRES: neither NaN nor infinity.
inline float from_finite_f16(uint16_t bits) {
  const float magnitude = std::bit_cast<float>((bits & 0x7FFFu) << 13) * 0x1.0p112f;
  return std::bit_cast<float>(std::bit_cast<uint32_t>(magnitude) | ((bits & 0x8000u) << 16));
}

}  // namespace fovea::tensor
