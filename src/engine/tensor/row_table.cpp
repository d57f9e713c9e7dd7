#include "engine/tensor/row_table.h"

#include <cstring>

#include "base/check.h"
#include "engine/tensor/half.h"

namespace fovea::tensor {

void widen(Element element, const std::byte* from, int64_t count, float* to) {
  if (count == 0) return;
  if (element == Element::kF32) {
    std::memcpy(to, from, static_cast<size_t>(count) * sizeof(float));
    return;
  }
  for (int64_t i = 0; i < count; ++i) {
    uint16_t bits;
    std::memcpy(&bits, from + 2 * i, sizeof bits);
    to[i] = element == Element::kF16 ? from_finite_f16(bits) : from_bf16(bits);
  }
}

void RowTable::read(int64_t row, std::span<float> out) const {
  FOVEA_CHECK(row >= 0 && row < rows_ && static_cast<int64_t>(out.size()) == cols_);
  widen(element_, values_ + static_cast<size_t>(row * cols_) * element_bytes(element_), cols_, out.data());
}

}  // namespace fovea::tensor
