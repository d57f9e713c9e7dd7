#include "engine/layers/encoder_stack.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "engine/layers/positions.h"

namespace fovea::layers {
namespace {

constexpr int64_t kPlannedPositions = 512;  // shorter sequences are one block of keys, however they are planned

// `work` is handed on by reference: a std::function of it would allocate.
template <typename Work>
void share_or_do(const ShareWork& share, int64_t items, tensor::Arena& arena, const Work& work) {
  if (share && items > 1) return share(items, std::cref(work));
  for (int64_t item = 0; item < items; ++item) work(item, arena);
}

}  // namespace

// The buffers of one run. `context` is attention's output, `ready` the prepared rows that a layer starts from.
struct EncoderStack::Pass {
  tensor::Matrix hidden;
  std::span<const int32_t> offsets;
  tensor::Arena& arena;
  const StackRun& how;
  tensor::Matrix context, qkv, normed;
  kernels::PreparedRows ready;

  int64_t tile_rows;

  int64_t tiles() const { return (hidden.rows + tile_rows - 1) / tile_rows; }
  std::pair<int64_t, int64_t> tile(int64_t index) const {  // first row and rows
    return {index * tile_rows, std::min(tile_rows, hidden.rows - index * tile_rows)};
  }
};

Result<std::unique_ptr<EncoderStack>> EncoderStack::create(const EncoderShape& shape, const WeightSource& weights,
                                                           kernels::Precision precision) {
  FOVEA_OK(shape.check());
  FOVEA_TRY(const kernels::IsaKernels* isa, kernels::isa_from_environment());
  std::unique_ptr<EncoderStack> stack(new EncoderStack(shape, *isa, precision));
  for (int64_t index = 0; index < shape.layers; ++index) {
    FOVEA_TRY(EncoderLayer layer, EncoderLayer::create(shape, weights, index, precision));
    stack->layers_.push_back(std::move(layer));
  }
  if (shape.final_norm) {
    FOVEA_TRY(stack->final_norm_,
              LayerNorm::create(weights, "final_norm", shape.hidden, shape.layer_norm_eps, shape.norm_bias));
  }
  if (shape.positions > kPlannedPositions)
    stack->plan_ =
        kernels::AttentionPlan::of_host(kernels::attention_plan_file(), *isa, precision, shape.hidden / shape.heads);
  FOVEA_OK(stack->read_positions(weights));
  return stack;
}

Result<void> EncoderStack::read_positions(const WeightSource& weights) {
  for (const LayerAttention& layer : shape_.attention) {
    if (layer.rope_theta <= 0 || std::ranges::count(rotary_, layer.rope_theta, &Rotary::theta) > 0) continue;
    rotary_.push_back(
        {layer.rope_theta, rotary_table(layer.rope_theta, shape_.positions, shape_.hidden / shape_.heads)});
  }
  if (shape_.relative_buckets == 0) return {};
  FOVEA_TRY(const tensor::Tensor table,
            weights.tensor("relative_attention_bias.weight", {shape_.relative_buckets, shape_.heads}));
  relative_biases_ = relative_biases(table, shape_.relative_distance_max, shape_.positions);
  return {};
}

const float* EncoderStack::rotary_of(int64_t layer) const {
  if (shape_.attention.empty()) return nullptr;
  const double theta = shape_.attention[static_cast<size_t>(layer)].rope_theta;
  for (const Rotary& rotary : rotary_)
    if (rotary.theta == theta) return rotary.table.data();
  return nullptr;
}

// qkv of all rows, a tile at a time, rotated where the layer asks for it.
void EncoderStack::project(Pass& pass, size_t layer) const {
  const kernels::PackedLinear& qkv = layers_[layer].qkv;
  const LayerNorm& norm = layers_[layer].attention_norm;
  share_or_do(pass.how.share, pass.tiles(), pass.arena, [&](int64_t index, tensor::Arena&) {
    const auto [first, rows] = pass.tile(index);
    const kernels::PreparedRows ready = pass.ready.row_range(first, rows);
    if (shape_.norm_before && !norm.empty())
      norm.run(isa_, pass.hidden.row_range(first, rows), pass.normed.row_range(first, rows), ready);
    qkv.run(isa_, ready, pass.qkv.row_range(first, rows));
  });
  const float* table = rotary_of(static_cast<int64_t>(layer));
  if (!table) return;
  for (size_t s = 0; s + 1 < pass.offsets.size(); ++s)
    isa_.rotary({.x = pass.qkv.data + pass.offsets[s] * pass.qkv.stride,
                 .x_stride = pass.qkv.stride,
                 .rows = pass.offsets[s + 1] - pass.offsets[s],
                 .heads = 2 * shape_.heads,  // query and key lie side by side
                 .head_dim = shape_.hidden / shape_.heads,
                 .first = 0,
                 .table = table});
}

void EncoderStack::attend_head(Pass& pass, size_t layer, size_t sequence, int64_t head, tensor::Arena& arena) const {
  const tensor::Arena::Scope scope(arena);
  const int64_t first = pass.offsets[sequence], rows = pass.offsets[sequence + 1] - first;
  const int64_t head_dim = shape_.hidden / shape_.heads;
  const bool last = layer + 1 == layers_.size();
  const StackRun& how = pass.how;
  const bool observed = last && (!how.focus.empty() || !how.entropy.empty());
  const bool first_only = last && how.first_rows_only && !(observed && how.focus_rows == FocusRows::kMean);
  const int64_t focus_rows = !observed ? 0 : how.focus_rows == FocusRows::kMean ? rows : 1;
  const int64_t window = shape_.attention.empty() ? 0 : shape_.attention[layer].window;
  const float* q = pass.qkv.row(first).data() + head * head_dim;
  kernels::AttentionCall call{};
  call.precision = precision_;
  call.q = q;
  call.k = q + shape_.hidden;
  call.v = q + 2 * shape_.hidden;
  call.q_stride = call.k_stride = call.v_stride = pass.qkv.stride;
  call.queries = first_only ? 1 : rows;
  call.keys = rows;
  call.head_dim = head_dim;
  call.scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
  call.before = call.after = window > 0 ? window : kernels::kAll;
  if (!relative_biases_.empty()) {  // bias[i, j] is that of the distance j - i: each row begins one earlier
    call.bias = relative_biases_.data() + head * (2 * shape_.positions - 1) + shape_.positions - 1;
    call.bias_stride = -1;
  }
  call.query_block = plan_.query_block(rows);
  call.out = pass.context.row(first).data() + head * head_dim;
  call.out_stride = pass.context.stride;
  call.focus_rows = focus_rows;
  if (observed && !how.focus.empty()) {
    call.focus = how.focus.data() + first;
    call.focus_scale = 1.0f / static_cast<float>(shape_.heads * focus_rows);
  }
  call.scratch = arena.take<char>(static_cast<size_t>(isa_.attention_scratch(rows, head_dim))).data();
  if (observed && !how.entropy.empty()) {
    float& entropy = how.entropy[sequence * static_cast<size_t>(shape_.heads) + static_cast<size_t>(head)];
    entropy = 0;
    call.entropy = &entropy;
  }
  isa_.attention(call);
}

// context [rows, hidden] = attention of each head of each sequence. A focus map is summed over heads: by one thread.
void EncoderStack::attend(Pass& pass, size_t layer) const {
  const bool last = layer + 1 == layers_.size();
  const bool focus = last && !pass.how.focus.empty();
  if (focus) std::ranges::fill(pass.how.focus, 0.0f);
  const ShareWork alone;
  for (size_t s = 0; s + 1 < pass.offsets.size(); ++s) {
    if (pass.offsets[s] == pass.offsets[s + 1]) continue;
    share_or_do(focus ? alone : pass.how.share, shape_.heads, pass.arena,
                [&](int64_t head, tensor::Arena& arena) { attend_head(pass, layer, s, head, arena); });
  }
}

void EncoderStack::finish_layer(Pass& pass, size_t layer) const {
  share_or_do(pass.how.share, pass.tiles(), pass.arena, [&](int64_t index, tensor::Arena& arena) {
    const auto [first, rows] = pass.tile(index);
    run_feed_forward(isa_, shape_, layers_[layer], pass.hidden.row_range(first, rows),
                     pass.context.row_range(first, rows), pass.ready.row_range(first, rows), arena);
  });
}

// The first rows of the sequences, gathered, go on alone.
void EncoderStack::finish_first_rows(Pass& pass, size_t layer) const {
  const auto sequences = static_cast<int64_t>(pass.offsets.size()) - 1;
  const tensor::Matrix firsts = pass.arena.matrix(sequences, shape_.hidden);
  const tensor::Matrix context = pass.arena.matrix(sequences, shape_.hidden);
  int64_t count = 0;
  const auto each = [&](auto take) {
    count = 0;
    for (size_t s = 0; s + 1 < pass.offsets.size(); ++s)
      if (pass.offsets[s] != pass.offsets[s + 1]) take(pass.offsets[s], count++);
  };
  each([&](int64_t row, int64_t at) {
    std::ranges::copy(pass.hidden.row(row), firsts.row(at).begin());
    std::ranges::copy(pass.context.row(row), context.row(at).begin());
  });
  const kernels::PreparedRows ready = precision_ == kernels::Precision::kFp32
                                          ? kernels::PreparedRows{}
                                          : kernels::take_rows(precision_, count, shape_.hidden, pass.arena);
  run_feed_forward(isa_, shape_, layers_[layer], firsts.row_range(0, count), context.row_range(0, count), ready,
                   pass.arena);
  each([&](int64_t row, int64_t at) { std::ranges::copy(firsts.row(at), pass.hidden.row(row).begin()); });
}

Result<void> EncoderStack::run(tensor::Matrix hidden, std::span<const int32_t> offsets, tensor::Arena& arena,
                               const StackRun& how) const {
  FOVEA_CHECK(hidden.cols == shape_.hidden && !offsets.empty() && offsets.front() == 0);
  FOVEA_CHECK(offsets.back() == hidden.rows && std::is_sorted(offsets.begin(), offsets.end()));
  FOVEA_CHECK(how.focus.empty() || static_cast<int64_t>(how.focus.size()) == hidden.rows);
  FOVEA_CHECK(how.entropy.empty() || how.entropy.size() == (offsets.size() - 1) * static_cast<size_t>(shape_.heads));
  const tensor::Arena::Scope scope(arena);
  Pass pass{hidden, offsets, arena, how, {}, {}, {}, {}, isa_.tile_rows};
  pass.context = arena.matrix(hidden.rows, shape_.hidden);
  pass.qkv = arena.matrix(hidden.rows, 3 * shape_.hidden);
  if (shape_.norm_before) pass.normed = arena.matrix(hidden.rows, shape_.hidden);
  const bool fp32 = precision_ == kernels::Precision::kFp32;
  pass.ready = kernels::prepare_rows(isa_, hidden, precision_, arena);
  for (size_t index = 0; index < layers_.size(); ++index) {
    if (how.before_layer) FOVEA_OK(how.before_layer());
    if (fp32 && shape_.norm_before && !layers_[index].attention_norm.empty())
      pass.ready = kernels::prepare_rows(isa_, pass.normed, precision_, arena);
    project(pass, index);
    attend(pass, index);
    if (index + 1 == layers_.size() && how.first_rows_only) {
      finish_first_rows(pass, index);
    } else {
      finish_layer(pass, index);
    }
  }
  if (!final_norm_.empty()) final_norm_.run(isa_, hidden);
  return {};
}

}  // namespace fovea::layers
