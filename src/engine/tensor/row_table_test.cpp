#include "engine/tensor/row_table.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace fovea::tensor {
namespace {

// The bytes lie one byte behind an aligned place: files may have them anywhere.
template <typename T>
RowTable table_of(Element element, const std::vector<T>& values, int64_t rows, int64_t cols) {
  auto storage = Storage::allocate(values.size() * sizeof(T) + 1);
  std::memcpy(storage->writable() + 1, values.data(), values.size() * sizeof(T));
  const std::byte* at = storage->bytes().data() + 1;
  return RowTable(std::move(storage), at, element, rows, cols);
}

std::vector<float> row_of(const RowTable& table, int64_t row) {
  std::vector<float> values(static_cast<size_t>(table.cols()));
  table.read(row, values);
  return values;
}

TEST(RowTable, ReadsRowsOfEveryElementUnaligned) {
  const auto full = table_of<float>(Element::kF32, {1, 2, 3, 4, 5, 6}, 2, 3);
  EXPECT_EQ(row_of(full, 0), (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(row_of(full, 1), (std::vector<float>{4, 5, 6}));
  const auto half = table_of<uint16_t>(Element::kF16, {0x3C00, 0xC000, 0x0001, 0x7BFF}, 2, 2);
  EXPECT_EQ(row_of(half, 0), (std::vector<float>{1, -2}));
  EXPECT_EQ(row_of(half, 1), (std::vector<float>{0x1p-24f, 65504}));
  const auto brain = table_of<uint16_t>(Element::kBF16, {0x3F80, 0xC2F7}, 2, 1);
  EXPECT_EQ(row_of(brain, 1), (std::vector<float>{-123.5f}));
}

}  // namespace
}  // namespace fovea::tensor
