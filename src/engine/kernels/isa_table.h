// The functions that every instruction set's file provides. Fixed-width types and nothing of the standard library: an
// inline function compiled in an AVX-512 file could otherwise win at link time and run on a machine without it.
#pragma once

#include <stdint.h>

namespace fovea::kernels {

constexpr int64_t kPanel = 32;  // output features side by side in packed weights: 2 AVX-512, 4 AVX2, 8 SSE registers

enum class Epilogue : int32_t { kNone, kGelu, kRelu };

// y = epilogue(x · Wᵀ + bias) + residual
struct LinearCall {
  const float* x;  // [rows, in], x_stride apart
  int64_t x_stride, rows, in, out;
  const float* panels;    // [ceil(out / kPanel), in, kPanel], zero-filled behind `out`
  const float* bias;      // [ceil(out / kPanel) * kPanel], zero-filled; null: none
  const float* residual;  // [rows, out], residual_stride apart; null: none
  int64_t residual_stride;
  float* y;  // [rows, out], y_stride apart; may be `residual`, not `x`
  int64_t y_stride;
  Epilogue epilogue;
  float* scratch;  // linear_scratch(in) floats
};

// One head of one sequence: out = softmax(q · kᵀ * scale) · v, for the first `queries` rows
struct AttentionCall {
  const float *q, *k, *v;  // [rows, head_dim], stride apart
  int64_t stride, rows, head_dim;
  int64_t queries;  // rows of q that are asked, at most `rows`
  float scale;
  float* out;  // [queries, head_dim], out_stride apart
  int64_t out_stride;
  float* focus;  // [rows] or null: += focus_scale * the attention of the first `focus_rows` rows
  int64_t focus_rows;
  float focus_scale;
  float* scratch;  // attention_scratch(rows, head_dim) floats
};

struct IsaKernels {
  const char* name;
  int64_t rows_per_block;  // rows that the inner kernel computes at once; groups of a multiple fill it
  void (*linear)(const LinearCall& call);
  int64_t (*linear_scratch)(int64_t in);
  void (*attention)(const AttentionCall& call);
  int64_t (*attention_scratch)(int64_t rows, int64_t head_dim);
  // In place: x = (x - mean) / sqrt(variance + eps) * weight + bias, row by row.
  void (*layer_norm)(float* x, int64_t stride, int64_t rows, int64_t cols, const float* weight, const float* bias,
                     float eps);
  void (*gelu)(float* x, int64_t count);  // the epilogue's, alone, for tests and odd uses
};

}  // namespace fovea::kernels
