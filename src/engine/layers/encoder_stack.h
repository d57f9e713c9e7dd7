// A stack of BERT's encoder layers (post-LayerNorm; Devlin et al. 2018), ragged: hidden states in, hidden states out.
// Where the hidden states come from (a vocabulary, hashed features, patches of an image) is the model's business.
// Journey: inside a model of engine/models, between embedding and pooling.
// Shapes: hidden [rows, hidden]: the tokens of all sequences, one after another; nothing is padded, there is no mask.
// Ownership: weights are packed, and so copied, by create(); the stack borrows nothing afterwards.
// Threads: run() from any number at once, each with its own arena.
// Promise: a sequence's rows depend on that sequence, the weights and the instruction set alone: to the bit, not on the
// batch, its order or the thread.
// Errors: kInvalidArgument (a shape beyond limits.h), whatever `find` and `before_layer` return.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/kernels/isa.h"
#include "engine/kernels/packed_linear.h"
#include "engine/kernels/precision.h"
#include "engine/tensor/arena.h"
#include "engine/tensor/matrix_view.h"
#include "engine/tensor/tensor.h"

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
  bool first_attention_norm = true;       // false: layer 0 has no norm before its attention (ModernBERT)
  bool final_norm = false;                // "final_norm.weight" behind the last layer
  std::vector<LayerAttention> attention;  // [layers], or empty: all dense
  // Relative positions in buckets (T5, MPNet): "relative_attention_bias.weight" [buckets, heads]; 0: none.
  int64_t relative_buckets = 0, relative_distance_max = 128;

  Result<void> check() const;  // limits, and `hidden` divides by `heads`
};

// Gives the weight of that name with exactly that shape. Names are BERT's, without a prefix, from
// "layer.0.attention.self.query.weight" [hidden, hidden] to "layer.N.output.LayerNorm.bias" [hidden]; linear weights
// are [out, in] as torch keeps them.
using FindTensor = std::function<Result<tensor::Tensor>(const std::string& name, const std::vector<int64_t>& shape)>;

// Which rows' attention the focus map shows.
enum class FocusRows { kFirst, kMean };  // as the pooling: the first row of a sequence, or the mean over its rows

struct StackRun {
  // Called before each layer; its error ends the run. For deadlines and clients that went away. May be empty.
  std::function<Result<void>()> before_layer = {};
  // Empty, or [rows]: attention of the last layer, mean over heads, one weight per token, summing to 1 per sequence.
  std::span<float> focus = {};
  FocusRows focus_rows = FocusRows::kMean;
  // The last layer computes the first row of each sequence alone (same bits, a seventh less work at six layers); what
  // is left in the other rows is unspecified. For models that read the first row only.
  bool first_rows_only = false;
};

class EncoderStack {
 public:
  static Result<std::unique_ptr<EncoderStack>> create(const EncoderShape& shape, const FindTensor& find,
                                                      kernels::Precision precision = kernels::Precision::kFp32);

  // Replaces `hidden` [rows, hidden] by the last layer's output. Sequence s is rows [offsets[s], offsets[s + 1]);
  // `offsets` starts with 0, never falls and ends with rows. Empty sequences are fine.
  Result<void> run(tensor::Matrix hidden, std::span<const int32_t> offsets, tensor::Arena& arena,
                   const StackRun& how = {}) const;

  const EncoderShape& shape() const { return shape_; }

 private:
  struct Layer {
    kernels::PackedLinear qkv;                                      // hidden → 3 * hidden: query, key, value
    kernels::PackedLinear attention_out;                            // hidden → hidden
    std::vector<float> attention_norm_weight, attention_norm_bias;  // [hidden]
    kernels::PackedLinear widen;                                    // hidden → intermediate
    kernels::PackedLinear narrow;                                   // intermediate → hidden
    std::vector<float> output_norm_weight, output_norm_bias;        // [hidden]
  };

  explicit EncoderStack(const EncoderShape& shape, const kernels::IsaKernels& isa) : shape_(shape), isa_(isa) {}
  static Result<Layer> make_layer(const EncoderShape& shape, const FindTensor& find, int64_t index);
  void attend(const Layer& layer, tensor::ConstMatrix hidden, std::span<const int32_t> offsets, tensor::Matrix context,
              tensor::Arena& arena, const StackRun* last) const;
  void feed_forward(const Layer& layer, tensor::Matrix hidden, tensor::ConstMatrix context, tensor::Arena& arena) const;

  EncoderShape shape_;
  const kernels::IsaKernels& isa_;
  std::vector<Layer> layers_;
};

}  // namespace fovea::layers
