// Rows of activations in the form that linear layers of a precision read: fp32 as they are; bf16; int8 with a scale
// and a zero a row (isa_table.h, "Layouts").
// Ownership: borrows; take_rows() and prepare_rows() take from the arena's open scope.
#pragma once

#include "engine/kernels/isa.h"
#include "engine/kernels/precision.h"
#include "engine/tensor/arena.h"
#include "engine/tensor/matrix_view.h"

namespace fovea::kernels {

struct PreparedRows {
  Precision precision = Precision::kFp32;
  void* data = nullptr;  // [rows] units, stride bytes apart
  int64_t rows = 0, cols = 0, stride = 0;
  float* scales = nullptr;   // [rows], int8
  int32_t* zeros = nullptr;  // the same

  PreparedRows row_range(int64_t begin, int64_t count) const {
    return {precision,
            static_cast<char*>(data) + begin * stride,
            count,
            cols,
            stride,
            scales ? scales + begin : nullptr,
            zeros ? zeros + begin : nullptr};
  }
};

int64_t units_of(Precision precision, int64_t cols);   // of one row, without padding
int64_t row_bytes(Precision precision, int64_t cols);  // of one row, with it

// Room for [rows, cols], not filled. REQUIRES: precision is not kFp32.
PreparedRows take_rows(Precision precision, int64_t rows, int64_t cols, tensor::Arena& arena);

// The rows of x: fp32 are borrowed, others computed.
PreparedRows prepare_rows(const IsaKernels& isa, tensor::ConstMatrix x, Precision precision, tensor::Arena& arena);

}  // namespace fovea::kernels
