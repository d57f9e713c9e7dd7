// What an encoder's layers look like. BERT's layers are the default; what other
// architectures do differently is a field (Devlin et al. 2018; Warner et al. 2024 for ModernBERT's).
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.h"

namespace fovea::layers {

enum class Activation { kGelu, kGeluTanh, kRelu, kSilu };  // kGelu with erf, as BERT's "gelu"

// How one layer's attention differs from the dense one.
struct LayerAttention {
  int64_t window = 0;     // tokens that are seen to each side; 0: all
  double rope_theta = 0;  // base of the rotary positions (Su et al. 2021); 0: none
};

struct EncoderShape {
  int64_t layers = 0, hidden = 0, heads = 0, intermediate = 0;
  float layer_norm_eps = 1e-12f;
  Activation activation = Activation::kGelu;
  bool gated = false;  // "intermediate.dense" is [2 * intermediate, hidden]; act(first half) * second half (GeGLU)
  bool norm_before = false;  // "attention.output.LayerNorm" stands before attention, "output.LayerNorm" before the rest
  bool linear_bias = true, norm_bias = true;
  bool first_attention_norm = true;            // false: layer 0 has no norm before its attention (ModernBERT)
  bool final_norm = false;                     // "final_norm.weight" behind the last layer
  std::vector<LayerAttention> attention = {};  // [layers], or empty: all dense
  // Relative positions in buckets (T5, MPNet): "relative_attention_bias.weight" [buckets, heads]; 0: none.
  int64_t relative_buckets = 0, relative_distance_max = 128;

  int64_t positions = 512;  // the longest sequence, for rotary and relative positions

  Result<void> check() const;  // limits, and `hidden` divides by `heads`
};

}  // namespace fovea::layers
