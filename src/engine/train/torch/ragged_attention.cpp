#include "engine/train/torch/ragged_attention.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/clones.h"

namespace fovea::train_torch {
namespace {

// Whether a probability is kept: a hash of its place, so that the backward pass sees the same choice.
inline bool kept(uint64_t seed, uint64_t place, uint32_t threshold) {
  uint64_t z = (seed + place * 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  return static_cast<uint32_t>(z >> 32) >= threshold;
}

uint32_t threshold_of(float drop) {
  return static_cast<uint32_t>(static_cast<double>(drop) * 4294967295.0);
}

// Turns [tokens, width] with a stride into [width, tokens], so that loops over tokens fill whole registers.
void transpose(const float* in, int64_t stride, int64_t tokens, int64_t width, float* out) {
  for (int64_t j = 0; j < tokens; ++j) {
    for (int64_t x = 0; x < width; ++x) out[x * tokens + j] = in[j * stride + x];
  }
}

// out[j] = sum over x of a[x] * columns[x][j]
FOVEA_CLONES("avx512f", "avx2,fma", "default")
void dots(const float* a, const float* columns, int64_t tokens, int64_t width, float* out) {
  for (int64_t j = 0; j < tokens; ++j) out[j] = 0;
  for (int64_t x = 0; x < width; ++x) {
    const float* column = columns + x * tokens;
    float f = a[x];
    for (int64_t j = 0; j < tokens; ++j) out[j] += f * column[j];
  }
}

FOVEA_CLONES("avx512f", "avx2,fma", "default")
void soften(float scale, int64_t tokens, float* row) {  // softmax of scale * row
  float largest = row[0];
  for (int64_t j = 1; j < tokens; ++j) largest = std::max(largest, row[j]);
  float total = 0;
  for (int64_t j = 0; j < tokens; ++j) {
    row[j] = std::exp((row[j] - largest) * scale);
    total += row[j];
  }
  float inverse = 1.0f / total;
  for (int64_t j = 0; j < tokens; ++j) row[j] *= inverse;
}

// out[x] += factor * in[x]
FOVEA_CLONES("avx512f", "avx2,fma", "default")
void add_rows(const float* factors, const float* in, int64_t stride, int64_t tokens, int64_t width, float* out) {
  for (int64_t j = 0; j < tokens; ++j) {
    const float* v = in + j * stride;
    float f = factors[j];
    for (int64_t x = 0; x < width; ++x) out[x] += f * v[x];
  }
}

// out_j += factors[j] * in, for each j
FOVEA_CLONES("avx512f", "avx2,fma", "default")
void spread_row(const float* factors, const float* in, int64_t tokens, int64_t width, float* out, int64_t stride) {
  for (int64_t j = 0; j < tokens; ++j) {
    float f = factors[j];
    float* o = out + j * stride;
    for (int64_t x = 0; x < width; ++x) o[x] += f * in[x];
  }
}

void drop_row(const AttentionShape& shape, uint64_t place, int64_t tokens, const float* in, float* out) {
  if (shape.drop <= 0) {
    std::copy_n(in, tokens, out);
    return;
  }
  uint32_t threshold = threshold_of(shape.drop);
  float rescale = 1.0f / (1.0f - shape.drop);
  for (int64_t j = 0; j < tokens; ++j) {
    out[j] = kept(shape.seed, place + static_cast<uint64_t>(j), threshold) ? in[j] * rescale : 0.0f;
  }
}

}  // namespace

void attend(const AttentionShape& shape, const float* qkv, int64_t tokens, float* probs, float* out) {
  int64_t hidden = shape.hidden, width = hidden / shape.heads, stride = 3 * hidden;
  float scale = 1.0f / std::sqrt(static_cast<float>(width));
  std::fill_n(out, tokens * hidden, 0.0f);
  std::vector<float> dropped(static_cast<size_t>(tokens)), keys(static_cast<size_t>(tokens * width));
  for (int64_t h = 0; h < shape.heads; ++h) {
    const float* base = qkv + h * width;
    transpose(base + hidden, stride, tokens, width, keys.data());
    for (int64_t i = 0; i < tokens; ++i) {
      int64_t place = (h * tokens + i) * tokens;
      float* row = probs + place;
      dots(base + i * stride, keys.data(), tokens, width, row);
      soften(scale, tokens, row);
      drop_row(shape, static_cast<uint64_t>(place), tokens, row, dropped.data());
      add_rows(dropped.data(), base + 2 * hidden, stride, tokens, width, out + i * hidden + h * width);
    }
  }
}

void attend_backward(const AttentionShape& shape, const float* qkv, const float* probs, const float* d_out,
                     int64_t tokens, float* d_qkv) {
  int64_t hidden = shape.hidden, width = hidden / shape.heads, stride = 3 * hidden;
  float scale = 1.0f / std::sqrt(static_cast<float>(width));
  std::fill_n(d_qkv, tokens * stride, 0.0f);
  std::vector<float> dropped(static_cast<size_t>(tokens)), d_row(static_cast<size_t>(tokens));
  std::vector<float> values(static_cast<size_t>(tokens * width));
  for (int64_t h = 0; h < shape.heads; ++h) {
    const float* base = qkv + h * width;
    float* d_base = d_qkv + h * width;
    transpose(base + 2 * hidden, stride, tokens, width, values.data());
    for (int64_t i = 0; i < tokens; ++i) {
      int64_t place = (h * tokens + i) * tokens;
      const float* row = probs + place;
      const float* d = d_out + i * hidden + h * width;
      drop_row(shape, static_cast<uint64_t>(place), tokens, row, dropped.data());
      spread_row(dropped.data(), d, tokens, width, d_base + 2 * hidden, stride);
      dots(d, values.data(), tokens, width, d_row.data());
      drop_row(shape, static_cast<uint64_t>(place), tokens, d_row.data(), d_row.data());
      float sum = 0;
      for (int64_t j = 0; j < tokens; ++j) sum += d_row[j] * row[j];
      for (int64_t j = 0; j < tokens; ++j) d_row[j] = row[j] * (d_row[j] - sum) * scale;
      add_rows(d_row.data(), base + hidden, stride, tokens, width, d_base + i * stride);
      spread_row(d_row.data(), base + i * stride, tokens, width, d_base + hidden, stride);
    }
  }
}

FOVEA_CLONES("avx512f", "avx2,fma", "default")
void dropout_mask(uint32_t seed, float drop, int64_t first, int64_t count, float* out) {
  uint32_t threshold = threshold_of(drop);
  float rescale = 1.0f / (1.0f - drop);
  for (int64_t i = 0; i < count; ++i) {
    uint32_t z = (static_cast<uint32_t>(first + i) + seed) * 0x9E3779B1u;
    z = (z ^ (z >> 15)) * 0x85EBCA77u;
    z = (z ^ (z >> 13)) * 0xC2B2AE3Du;
    z ^= z >> 16;
    out[i] = z >= threshold ? rescale : 0.0f;
  }
}

}  // namespace fovea::train_torch
