// A stack of encoder layers, ragged: hidden states in, hidden states out.
// Where the hidden states come from (a vocabulary, hashed features, patches of an image) is the model's business.
// Journey: inside a model of engine/models, between embedding and pooling.
// Shapes: hidden [rows, hidden]: the tokens of all sequences, one after another; nothing is padded, there is no mask.
// Ownership: weights as their source gives them; the stack borrows nothing after create().
// Threads: run() from any number at once, each with its own arena.
// Promise: a sequence's rows depend on that sequence, the weights, the precision and (but for int8) the instruction set
// alone: to the bit, not on the batch, its order, the thread or how many share the work.
// Errors: kInvalidArgument (a shape beyond limits.h), whatever `weights` and `before_layer` return.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "engine/kernels/attention_plan.h"
#include "engine/kernels/isa.h"
#include "engine/kernels/precision.h"
#include "engine/layers/encoder_layer.h"
#include "engine/layers/encoder_shape.h"
#include "engine/layers/weight_source.h"
#include "engine/tensor/arena.h"
#include "engine/tensor/matrix_view.h"

namespace fovea::layers {

// Which rows' attention the focus map shows.
enum class FocusRows { kFirst, kMean };  // as the pooling: the first row of a sequence, or the mean over its rows

// Work of one group that several threads may share: calls work(item, arena) for each item, returns when all are done.
using ShareWork =
    std::function<void(int64_t items, const std::function<void(int64_t item, tensor::Arena& arena)>& work)>;

struct StackRun {
  // Called before each layer; its error ends the run. For deadlines and clients that went away. May be empty.
  std::function<Result<void>()> before_layer = {};
  // Empty, or [rows]: attention of the last layer, mean over heads, one weight per token, summing to 1 per sequence.
  std::span<float> focus = {};
  // Empty, or [sequences, heads]: entropy in nats of the last layer's attention, mean over the rows of the focus map.
  std::span<float> entropy = {};
  FocusRows focus_rows = FocusRows::kMean;
  // The last layer computes the first row of each sequence alone (same bits, a seventh less work at six layers); what
  // is left in the other rows is unspecified. For models that read the first row only.
  bool first_rows_only = false;
  // For one long sequence while other cores are idle. Empty: the caller's thread does everything. Changes no bit.
  ShareWork share = {};
};

class EncoderStack {
 public:
  static Result<std::unique_ptr<EncoderStack>> create(const EncoderShape& shape, const WeightSource& weights,
                                                      kernels::Precision precision = kernels::Precision::kFp32);

  // Replaces `hidden` [rows, hidden] by the last layer's output. Sequence s is rows [offsets[s], offsets[s + 1]);
  // `offsets` starts with 0, never falls and ends with rows. Empty sequences are fine.
  Result<void> run(tensor::Matrix hidden, std::span<const int32_t> offsets, tensor::Arena& arena,
                   const StackRun& how = {}) const;

  const EncoderShape& shape() const { return shape_; }
  kernels::Precision precision() const { return precision_; }

 private:
  struct Rotary {
    double theta;
    std::vector<float> table;  // [positions, head_dim]
  };
  struct Pass;  // one run: its buffers

  EncoderStack(const EncoderShape& shape, const kernels::IsaKernels& isa, kernels::Precision precision)
      : shape_(shape), isa_(isa), precision_(precision) {}
  Result<void> read_positions(const WeightSource& weights);
  const float* rotary_of(int64_t layer) const;
  void project(Pass& pass, size_t layer) const;
  void attend(Pass& pass, size_t layer) const;
  void attend_head(Pass& pass, size_t layer, size_t sequence, int64_t head, tensor::Arena& arena) const;
  void finish_layer(Pass& pass, size_t layer) const;
  void finish_first_rows(Pass& pass, size_t layer) const;

  EncoderShape shape_;
  const kernels::IsaKernels& isa_;
  kernels::Precision precision_;
  kernels::AttentionPlan plan_;
  std::vector<EncoderLayer> layers_;
  LayerNorm final_norm_;
  std::vector<Rotary> rotary_;          // one for each theta
  std::vector<float> relative_biases_;  // [heads][2 * positions - 1]
};

}  // namespace fovea::layers
