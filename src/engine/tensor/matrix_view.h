// A matrix that somebody else owns: rows of contiguous values, `stride` values apart.
// Copying a view copies no value. Whoever made it says how long the memory lives.
#pragma once

#include <cstdint>
#include <span>
#include <type_traits>

namespace fovea::tensor {

template <typename T>
struct MatrixView {  // [rows, cols], row r starts at data + r * stride
  T* data = nullptr;
  int64_t rows = 0, cols = 0, stride = 0;

  MatrixView() = default;
  MatrixView(T* data, int64_t rows, int64_t cols) : MatrixView(data, rows, cols, cols) {}
  MatrixView(T* data, int64_t rows, int64_t cols, int64_t stride)
      : data(data), rows(rows), cols(cols), stride(stride) {}

  operator MatrixView<const T>() const
    requires(!std::is_const_v<T>)
  {
    return {data, rows, cols, stride};
  }

  std::span<T> row(int64_t index) const { return {data + index * stride, static_cast<size_t>(cols)}; }
  // REQUIRES: 0 <= begin <= begin + count <= rows.
  MatrixView row_range(int64_t begin, int64_t count) const { return {data + begin * stride, count, cols, stride}; }
  MatrixView col_range(int64_t begin, int64_t count) const { return {data + begin, rows, count, stride}; }
};

using Matrix = MatrixView<float>;             // [rows, cols] fp32, writable
using ConstMatrix = MatrixView<const float>;  // [rows, cols] fp32

}  // namespace fovea::tensor
