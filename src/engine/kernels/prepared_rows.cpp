#include "engine/kernels/prepared_rows.h"

#include "base/check.h"

namespace fovea::kernels {

int64_t units_of(Precision precision, int64_t cols) {
  const int64_t per = precision == Precision::kFp32 ? 1 : precision == Precision::kBf16 ? 2 : 4;
  return (cols + per - 1) / per;
}

int64_t row_bytes(Precision precision, int64_t cols) {
  const int64_t units = units_of(precision, cols);
  return 4 * (precision == Precision::kFp32 ? units : (units + kDepthStep - 1) / kDepthStep * kDepthStep);
}

PreparedRows take_rows(Precision precision, int64_t rows, int64_t cols, tensor::Arena& arena) {
  FOVEA_CHECK(precision != Precision::kFp32);
  int64_t stride = row_bytes(precision, cols);
  // Rows a multiple of 1 KiB apart would meet in a few sets of the first cache.
  if (stride % 1024 == 0) stride += 64;
  PreparedRows made{precision, arena.take<char>(static_cast<size_t>(rows * stride)).data(), rows, cols, stride, nullptr,
                    nullptr};
  if (precision == Precision::kInt8) {
    made.scales = arena.take<float>(static_cast<size_t>(rows)).data();
    made.zeros = arena.take<int32_t>(static_cast<size_t>(rows)).data();
  }
  return made;
}

PreparedRows prepare_rows(const IsaKernels& isa, tensor::ConstMatrix x, Precision precision, tensor::Arena& arena) {
  if (precision == Precision::kFp32)
    return {
        precision, const_cast<float*>(x.data), x.rows, x.cols, x.stride * static_cast<int64_t>(sizeof(float)), nullptr,
        nullptr};
  const PreparedRows made = take_rows(precision, x.rows, x.cols, arena);
  isa.prepare({.precision = precision,
               .x = x.data,
               .x_stride = x.stride,
               .rows = x.rows,
               .cols = x.cols,
               .y = made.data,
               .y_stride = made.stride,
               .y_bytes = row_bytes(precision, x.cols),
               .scales = made.scales,
               .zeros = made.zeros});
  return made;
}

}  // namespace fovea::kernels
