// Whether numbers are numbers: weights come from files, and one NaN makes every answer one.
// All exponent bits set means NaN or infinity; a maximum over integers vectorises where a comparison with early exit
// won't.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "engine/tensor/row_table.h"

namespace fovea::tensor {

template <typename Bits>
bool all_finite(std::span<const std::byte> bytes, Bits exponent) {
  Bits highest = 0;
  for (size_t at = 0; at + sizeof(Bits) <= bytes.size(); at += sizeof(Bits)) {
    Bits bits;
    std::memcpy(&bits, bytes.data() + at, sizeof bits);
    highest = std::max<Bits>(highest, bits & exponent);
  }
  return highest != exponent;
}

// `bytes` are values of this element, at any address.
inline bool all_finite(std::span<const std::byte> bytes, Element element) {
  return element == Element::kF32   ? all_finite<uint32_t>(bytes, 0x7F800000u)
         : element == Element::kF16 ? all_finite<uint16_t>(bytes, 0x7C00u)
                                    : all_finite<uint16_t>(bytes, 0x7F80u);
}

inline bool all_finite(std::span<const float> values) {
  return all_finite(std::as_bytes(values), Element::kF32);
}

}  // namespace fovea::tensor
