#include "engine/tensor/tensor.h"

#include <gtest/gtest.h>

namespace fovea::tensor {
namespace {

TEST(MatrixView, RowsAndRanges) {
  float values[12];
  for (int i = 0; i < 12; ++i) values[i] = static_cast<float>(i);
  const Matrix whole(values, 3, 4);
  EXPECT_EQ(whole.row(2)[1], 9);
  EXPECT_EQ(whole.row_range(1, 2).row(0)[0], 4);
  const ConstMatrix right = whole.col_range(2, 2);
  EXPECT_EQ(right.row(1)[0], 6);
  EXPECT_EQ(right.row(1).size(), 2u);
}

TEST(Tensor, KeepsItsStorage) {
  auto storage = Storage::allocate(6 * sizeof(float));
  auto* values = reinterpret_cast<float*>(storage->writable());
  values[5] = 9;
  const Tensor tensor(storage, values, {2, 3});
  storage.reset();
  EXPECT_EQ(tensor.matrix().row(1)[2], 9);
  EXPECT_EQ(tensor.count(), 6);
  EXPECT_EQ(Tensor().count(), 0);
}

TEST(Tensor, ASliceStandsOnTheSameStorage) {
  auto storage = Storage::allocate(6 * sizeof(float));
  auto* values = reinterpret_cast<float*>(storage->writable());
  for (int i = 0; i < 6; ++i) values[i] = static_cast<float>(i);
  const Tensor whole(storage, values, {3, 2});
  const Tensor rows = whole.slice(1, 2);
  EXPECT_EQ(rows.shape(), (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(rows.values().data(), values + 2);
  EXPECT_EQ(Tensor(storage, values, {6}).slice(4, 2).values()[1], 5);
  EXPECT_EQ(whole.slice(3, 0).count(), 0);
}

}  // namespace
}  // namespace fovea::tensor
