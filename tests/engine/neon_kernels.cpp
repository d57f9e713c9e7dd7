// The baseline kernels on some numbers, printed: built for this machine and for aarch64 by neon_test.py, which
// compares. Nothing but the kernels' own file is linked, so that a cross compiler alone can build it.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/kernels/isa_tables.h"

namespace {
using namespace fovea::kernels;

constexpr int64_t kRows = 23, kIn = 100, kOut = 70, kPadded = 96, kUnits = 32;

uint64_t state = 7;
float number() {  // xorshift64, in [-1, 1)
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return static_cast<float>(static_cast<int32_t>(state >> 32)) / 2147483648.0f;
}

void print(const char* name, const float* values, int64_t count) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (int64_t i = 0; i < count; ++i) {
    uint32_t bits;
    memcpy(&bits, values + i, 4);
    hash = (hash ^ bits) * 0x100000001B3u;
  }
  printf("%s %016llx", name, static_cast<unsigned long long>(hash));
  for (int64_t i = 0; i < count; i += 97) printf(" %.6g", static_cast<double>(values[i]));
  printf("\n");
}

void linear(const IsaKernels& isa) {
  static float x[kRows * kIn], y[kRows * kOut], scales[kRows], bias[kPadded], out_scales[kPadded];
  static int32_t weight_sums[kPadded], zeros[kRows];
  alignas(64) static int8_t panels[kPadded * kUnits * 4];
  alignas(64) static char rows[kRows * kUnits * 4];
  for (float& value : x) value = number();
  for (int64_t o = 0; o < kOut; ++o) {
    bias[o] = number();
    out_scales[o] = 0.01f + fabsf(number());
    for (int64_t k = 0; k < kIn; ++k) {
      const auto q = static_cast<int8_t>(number() * 127);
      panels[((o / kPanel * kUnits + k / 4) * kPanel + o % kPanel) * 4 + k % 4] = q;
      weight_sums[o] += q;
    }
  }
  PrepareCall prepare{};
  prepare.precision = Precision{2};
  prepare.x = x;
  prepare.x_stride = kIn;
  prepare.rows = kRows;
  prepare.cols = kIn;
  prepare.y = rows;
  prepare.y_stride = prepare.y_bytes = kUnits * 4;
  prepare.scales = scales;
  prepare.zeros = zeros;
  isa.prepare(prepare);
  LinearCall call{};
  call.precision = Precision{2};
  call.x = rows;
  call.scales = scales;
  call.zeros = zeros;
  call.x_stride = kUnits * 4;
  call.rows = kRows;
  call.depth = kIn / 4;
  call.out = kOut;
  call.panels = reinterpret_cast<const int32_t*>(panels);
  call.panel_units = kUnits * kPanel;
  call.out_scales = out_scales;
  call.weight_sums = weight_sums;
  call.bias = bias;
  call.y = y;
  call.y_stride = kOut;
  call.epilogue = Epilogue::kGelu;
  isa.linear(call);
  print("int8-linear", y, kRows * kOut);
  NormCall norm{};
  norm.x = y;
  norm.x_stride = kOut;
  norm.rows = kRows;
  norm.cols = kOut;
  norm.weight = bias;
  norm.bias = out_scales;
  norm.eps = 1e-5f;
  isa.norm(norm);
  print("int8-norm", y, kRows * kOut);
}

void attention(const IsaKernels& isa, Precision precision, const char* name) {
  constexpr int64_t kKeys = 150, kDim = 32;
  static float q[kKeys * kDim], k[kKeys * kDim], v[kKeys * kDim], out[kKeys * kDim];
  state = 11;
  for (int64_t i = 0; i < kKeys * kDim; ++i) {
    q[i] = number();
    k[i] = number();
    v[i] = number();
  }
  AttentionCall call{};
  call.precision = precision;
  call.q = q;
  call.k = k;
  call.v = v;
  call.q_stride = call.k_stride = call.v_stride = call.out_stride = kDim;
  call.queries = call.keys = kKeys;
  call.head_dim = kDim;
  call.scale = 0.3f;
  call.before = call.after = 40;
  call.out = out;
  const auto bytes = static_cast<size_t>(isa.attention_scratch(kKeys, kDim));
  call.scratch = aligned_alloc(64, (bytes + 63) / 64 * 64);
  isa.attention(call);
  free(call.scratch);
  print(name, out, kKeys * kDim);
}

}  // namespace

int main() {
  const IsaKernels& isa = baseline_kernels();
  linear(isa);
  attention(isa, Precision{2}, "int8-attention");
  attention(isa, Precision{1}, "bf16-attention");
  attention(isa, Precision{0}, "fp32-attention");
  return 0;
}
