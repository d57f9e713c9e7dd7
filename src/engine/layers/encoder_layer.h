// One layer of an encoder: attention, then the feed-forward block, each with its norm and its residual.
// Journey: EncoderStack runs them one after another.
// Shapes: hidden [rows, hidden] fp32, the residual stream; `ready` is the same after the layer's first norm (or as it
// is, where norms stand behind), prepared for linear layers. Ownership: weights as their source gives them.
// Threads: any number at once, each with its own arena.
#pragma once

#include "base/error.h"
#include "engine/kernels/packed_linear.h"
#include "engine/layers/encoder_shape.h"
#include "engine/layers/layer_norm.h"
#include "engine/layers/weight_source.h"
#include "engine/tensor/arena.h"

namespace fovea::layers {

class EncoderLayer {
 public:
  static Result<EncoderLayer> create(const EncoderShape& shape, const WeightSource& weights, int64_t index,
                                     kernels::Precision precision);

  kernels::PackedLinear qkv;            // hidden → 3 * hidden: query, key, value
  kernels::PackedLinear attention_out;  // hidden → hidden
  LayerNorm attention_norm;
  kernels::PackedLinear widen;   // hidden → intermediate (gated: twice)
  kernels::PackedLinear narrow;  // intermediate → hidden
  LayerNorm output_norm;
};

// From the rows of a tile of attention's output to the layer's output, in place in `hidden`; `ready` gets the rows for
// the next layer where norms stand behind (kFp32: nothing to do).
void run_feed_forward(const kernels::IsaKernels& isa, const EncoderShape& shape, const EncoderLayer& layer,
                      tensor::Matrix hidden, tensor::ConstMatrix context, const kernels::PreparedRows& ready,
                      tensor::Arena& arena);

}  // namespace fovea::layers
