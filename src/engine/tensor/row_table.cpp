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

RowTable RowTable::as_bf16() const {
  RowTable made = *this;
  made.rounded_ = element_ != Element::kBF16;
  return made;
}

void RowTable::read(int64_t row, std::span<float> out) const {
  FOVEA_CHECK(row >= 0 && row < rows_ && static_cast<int64_t>(out.size()) == cols_);
  widen(element_, values_ + static_cast<size_t>(row * cols_) * element_bytes(element_), cols_, out.data());
  if (!rounded_) return;
  for (float& value : out) value = from_bf16(to_bf16(value));
}

std::vector<std::byte> RowTable::bytes() const {
  const auto count = static_cast<size_t>(rows_ * cols_);
  std::vector<std::byte> all(count * element_bytes(element()));
  if (!rounded_) {
    if (count > 0) std::memcpy(all.data(), values_, all.size());
    return all;
  }
  std::vector<float> values(static_cast<size_t>(cols_));
  for (int64_t r = 0; r < rows_; ++r) {
    read(r, values);
    for (size_t c = 0; c < values.size(); ++c) {
      const uint16_t bits = to_bf16(values[c]);
      std::memcpy(all.data() + (static_cast<size_t>(r * cols_) + c) * sizeof bits, &bits, sizeof bits);
    }
  }
  return all;
}

}  // namespace fovea::tensor
