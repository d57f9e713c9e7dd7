// The functions that every instruction set's file provides. Fixed-width types and nothing of the standard library: an
// inline function compiled in an AVX-512 file could otherwise win at link time and run on a machine without it.
//
// Layouts. A unit is 4 bytes: 1 fp32, 2 bf16 or 4 int8 values that lie side by side in a row. Prepared rows are
// row-major units (int8: value / scale + zero, a scale and a zero from 0 to 255 a row). Panels are [ceil(out /
// kPanel)][depth][kPanel] units: unit k of 32 output features side by side, zero-filled; every instruction set reads
// the same panels.
#pragma once

#include <stdint.h>

namespace fovea::kernels {

enum class Precision : int32_t;

constexpr int64_t kPanel = 32;       // output features side by side: 2 AVX-512, 4 AVX2, 8 SSE registers
constexpr int64_t kDepthStep = 16;   // units that a row and a panel are padded to: one AMX tile row
constexpr int64_t kAll = 1LL << 40;  // "every key" in AttentionCall
constexpr float kByteTop = 127.0f;   // int8: the largest magnitude of a weight becomes 127, a row spans 254

enum class Epilogue : int32_t { kNone, kGelu, kGeluTanh, kRelu, kSilu };

// Rows [rows, in] fp32 made ready for linear layers of a precision.
struct PrepareCall {
  Precision precision;  // kBf16 or kInt8; fp32 rows are ready as they are
  const float* x;
  int64_t x_stride, rows, cols;
  void* y;  // [rows], y_stride bytes apart
  int64_t y_stride;
  int64_t y_bytes;           // of a row; what lies behind its values becomes zeros
  float* scales;             // [rows], kInt8
  int32_t* zeros = nullptr;  // [rows], kInt8: the byte that stands for 0; null: 128 for every row
};

// y = epilogue(x · Wᵀ + bias) + residual
struct LinearCall {
  Precision precision;
  bool unfused;          // kFp32: a product and a sum, not a fused one: equal bits on every instruction set
  const void* x;         // prepared rows, x_stride bytes apart
  const float* scales;   // kInt8: [rows], of the rows
  const int32_t* zeros;  // kInt8: [rows], of the rows
  int64_t x_stride, rows, depth, out;
  const int32_t* panels;       // panel_units units each
  int64_t panel_units;         // depth rounded up, times kPanel
  const float* out_scales;     // kInt8: [out padded], of the weights
  const int32_t* weight_sums;  // kInt8: [out padded], the sum of an output's weights
  const float* bias;           // [out padded], zero-filled
  const float* residual;       // [rows, out], residual_stride apart; null: none
  int64_t residual_stride;
  float* y;  // [rows, out], y_stride apart; may be `residual`, not `x`
  int64_t y_stride;
  Epilogue epilogue;
};

// One head of one sequence: out = softmax(q · kᵀ * scale + bias) · v over the keys that a query sees.
// Query i stands at key position first_query + i and sees the keys [position - before, position + after] and the first
// `globals` keys; queries at positions under `globals` see every key. A query that sees nothing gives zeros.
struct AttentionCall {
  Precision precision;
  const float *q, *k, *v;  // [queries, head_dim], [keys, head_dim] twice
  int64_t q_stride, k_stride, v_stride;
  int64_t queries, keys, head_dim;
  float scale;
  int64_t first_query, before, after, globals;
  // Added to the scaled score of query i and key j: bias[i * bias_stride + j]; -inf hides the key. Null: none.
  const float* bias;
  int64_t bias_stride;
  float* out;  // [queries, head_dim], out_stride apart
  int64_t out_stride;
  float* focus;    // [keys] or null: += focus_scale * the attention of the first `focus_rows` queries
  float* entropy;  // one value or null: += the mean entropy (nats) of the first `focus_rows` queries
  int64_t focus_rows;
  float focus_scale;
  void* scratch;        // attention_scratch(keys, head_dim) bytes, 64-aligned
  int64_t query_block;  // queries that share a block of keys in the cache, from the tuner; changes no bit; 0: default
};

// In place, row by row: x = (x - mean) / sqrt(variance + eps) * weight + bias; then, where y is not null, prepared.
struct NormCall {
  float* x;
  int64_t x_stride, rows, cols;
  const float *weight, *bias;  // bias may be null
  float eps;
  float* out;  // [rows, cols], out_stride apart; null: in place
  int64_t out_stride;
  Precision precision;  // of the prepared rows
  void* y;              // as PrepareCall; null: none
  int64_t y_stride, y_bytes;
  float* scales;
  int32_t* zeros;
};

// x[row, head] rotated by its position (Su et al. 2021, halves as in GPT-NeoX): row r stands at `first + r`.
struct RotaryCall {
  float* x;  // [rows, heads * head_dim]
  int64_t x_stride, rows, heads, head_dim, first;
  const float* table;  // [positions, head_dim]: head_dim / 2 cosines, then as many sines
};

// y = epilogue(x[:, 0:cols]) * x[:, cols:2 * cols]
struct GateCall {
  const float* x;
  int64_t x_stride, rows, cols;
  Epilogue epilogue;
  bool fast;  // the activation of bf16 and int8
  float* y;
  int64_t y_stride;
};

struct IsaKernels {
  const char* name;
  int64_t rows_per_block;  // rows that the inner kernel computes at once; groups of a multiple fill it
  int64_t tile_rows;       // rows that should pass together through a whole layer, to stay in L2
  void (*prepare)(const PrepareCall& call);
  void (*linear)(const LinearCall& call);
  void (*attention)(const AttentionCall& call);
  int64_t (*attention_scratch)(int64_t keys, int64_t head_dim);
  void (*norm)(const NormCall& call);
  void (*rotary)(const RotaryCall& call);
  void (*gate)(const GateCall& call);
  void (*activate)(float* x, int64_t count, Epilogue epilogue, bool fast);  // the epilogue alone, in place
  // For benchmarks: `rounds` of products on registers alone; returns the operations done (a product and a sum are two).
  int64_t (*peak)(Precision precision, int64_t rounds, float* sink);
};

}  // namespace fovea::kernels
