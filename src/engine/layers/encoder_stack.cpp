#include "engine/layers/encoder_stack.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "engine/kernels/limits.h"
#include "engine/layers/limits.h"

namespace fovea::layers {
namespace {

Result<void> check_extent(std::string_view name, int64_t value, int64_t most) {
  if (value >= 1 && value <= most) return {};
  return fail(Code::kInvalidArgument, fmt::format("must be from 1 to {}, is {}", most, value), std::string(name));
}

std::vector<float> copy_of(const tensor::Tensor& tensor) {
  return {tensor.values().begin(), tensor.values().end()};
}

Result<kernels::PackedLinear> find_linear(const FindTensor& find, const std::string& name, int64_t out, int64_t in) {
  FOVEA_TRY(const tensor::Tensor weight, find(name + ".weight", {out, in}));
  FOVEA_TRY(const tensor::Tensor bias, find(name + ".bias", {out}));
  return kernels::PackedLinear(weight.matrix(), bias.values());
}

// Query, key and value as one product: x is read once, and the panels lie one behind another.
Result<kernels::PackedLinear> find_qkv(const FindTensor& find, const std::string& name, int64_t hidden) {
  std::vector<float> weight, bias;
  weight.reserve(static_cast<size_t>(3 * hidden * hidden));
  for (const char* part : {"query", "key", "value"}) {
    FOVEA_TRY(const tensor::Tensor w, find(name + part + ".weight", {hidden, hidden}));
    FOVEA_TRY(const tensor::Tensor b, find(name + part + ".bias", {hidden}));
    weight.insert(weight.end(), w.values().begin(), w.values().end());
    bias.insert(bias.end(), b.values().begin(), b.values().end());
  }
  return kernels::PackedLinear(tensor::ConstMatrix(weight.data(), 3 * hidden, hidden), bias);
}

Result<void> find_norm(const FindTensor& find, const std::string& name, int64_t hidden, std::vector<float>& weight,
                       std::vector<float>& bias) {
  FOVEA_TRY(const tensor::Tensor w, find(name + ".weight", {hidden}));
  FOVEA_TRY(const tensor::Tensor b, find(name + ".bias", {hidden}));
  weight = copy_of(w);
  bias = copy_of(b);
  return {};
}

}  // namespace

Result<void> EncoderShape::check() const {
  FOVEA_OK(check_extent("layers", layers, kLayersMax));
  FOVEA_OK(check_extent("hidden", hidden, kHiddenMax));
  FOVEA_OK(check_extent("heads", heads, kHeadsMax));
  FOVEA_OK(check_extent("intermediate", intermediate, kIntermediateMax));
  if (hidden % heads != 0)
    return fail(Code::kInvalidArgument, fmt::format("hidden {} does not divide by heads {}", hidden, heads), "heads");
  FOVEA_OK(check_extent("hidden / heads", hidden / heads, kernels::kHeadDimMax));
  return {};
}

Result<std::unique_ptr<EncoderStack>> EncoderStack::create(const EncoderShape& shape, const FindTensor& find,
                                                           kernels::Precision precision) {
  FOVEA_OK(shape.check());
  if (precision != kernels::Precision::kFp32 || shape.norm_before || shape.gated || !shape.attention.empty() ||
      shape.relative_buckets > 0 || !shape.linear_bias || !shape.norm_bias)
    return fail(Code::kUnimplemented, "only BERT's layers in fp32", "encoder");
  FOVEA_TRY(const kernels::IsaKernels* isa, kernels::isa_from_environment());
  std::unique_ptr<EncoderStack> stack(new EncoderStack(shape, *isa));
  for (int64_t index = 0; index < shape.layers; ++index) {
    FOVEA_TRY(Layer layer, make_layer(shape, find, index));
    stack->layers_.push_back(std::move(layer));
  }
  return stack;
}

Result<EncoderStack::Layer> EncoderStack::make_layer(const EncoderShape& shape, const FindTensor& find, int64_t index) {
  const std::string name = fmt::format("layer.{}.", index);
  const int64_t hidden = shape.hidden;
  Layer layer;
  FOVEA_TRY(layer.qkv, find_qkv(find, name + "attention.self.", hidden));
  FOVEA_TRY(layer.attention_out, find_linear(find, name + "attention.output.dense", hidden, hidden));
  FOVEA_OK(find_norm(find, name + "attention.output.LayerNorm", hidden, layer.attention_norm_weight,
                     layer.attention_norm_bias));
  FOVEA_TRY(layer.widen, find_linear(find, name + "intermediate.dense", shape.intermediate, hidden));
  FOVEA_TRY(layer.narrow, find_linear(find, name + "output.dense", hidden, shape.intermediate));
  FOVEA_OK(find_norm(find, name + "output.LayerNorm", hidden, layer.output_norm_weight, layer.output_norm_bias));
  return layer;
}

// context [rows, hidden] = attention of each head of each sequence. `last` is set in the last layer only.
void EncoderStack::attend(const Layer& layer, tensor::ConstMatrix hidden, std::span<const int32_t> offsets,
                          tensor::Matrix context, tensor::Arena& arena, const StackRun* last) const {
  const tensor::Arena::Scope scope(arena);
  const int64_t head_dim = shape_.hidden / shape_.heads;
  const tensor::Matrix qkv = arena.matrix(hidden.rows, 3 * shape_.hidden);
  layer.qkv.run(isa_, hidden, qkv, arena);
  int64_t longest = 0;
  for (size_t s = 0; s + 1 < offsets.size(); ++s) longest = std::max<int64_t>(longest, offsets[s + 1] - offsets[s]);
  float* scratch = arena.take<float>(static_cast<size_t>(isa_.attention_scratch(longest, head_dim))).data();
  const bool focus = last && !last->focus.empty();
  if (focus) std::fill(last->focus.begin(), last->focus.end(), 0.0f);
  for (size_t s = 0; s + 1 < offsets.size(); ++s) {
    const int64_t first = offsets[s], rows = offsets[s + 1] - first;
    if (rows == 0) continue;
    const bool first_only = last && last->first_rows_only && !(focus && last->focus_rows == FocusRows::kMean);
    const int64_t focus_rows = focus && last->focus_rows == FocusRows::kMean ? rows : 1;
    for (int64_t head = 0; head < shape_.heads; ++head) {
      const float* q = qkv.row(first).data() + head * head_dim;
      isa_.attention({.q = q,
                      .k = q + shape_.hidden,
                      .v = q + 2 * shape_.hidden,
                      .stride = qkv.stride,
                      .rows = rows,
                      .head_dim = head_dim,
                      .queries = first_only ? 1 : rows,
                      .scale = 1.0f / std::sqrt(static_cast<float>(head_dim)),
                      .out = context.row(first).data() + head * head_dim,
                      .out_stride = context.stride,
                      .focus = focus ? last->focus.data() + first : nullptr,
                      .focus_rows = focus_rows,
                      .focus_scale = 1.0f / static_cast<float>(shape_.heads * focus_rows),
                      .scratch = scratch});
    }
  }
}

// hidden = norm(narrow(gelu(widen(h))) + h) with h = norm(attention_out(context) + hidden), a tile of rows at a time:
// the tile stays in L2 through the whole block.
void EncoderStack::feed_forward(const Layer& layer, tensor::Matrix hidden, tensor::ConstMatrix context,
                                tensor::Arena& arena) const {
  const tensor::Arena::Scope scope(arena);
  const int64_t tile_rows = std::min<int64_t>(hidden.rows, 4 * isa_.rows_per_block);
  const auto activation = shape_.activation == Activation::kGelu ? kernels::Epilogue::kGelu : kernels::Epilogue::kRelu;
  const tensor::Matrix wide = arena.matrix(tile_rows, shape_.intermediate);
  for (int64_t first = 0; first < hidden.rows; first += tile_rows) {
    const int64_t rows = std::min(tile_rows, hidden.rows - first);
    const tensor::Matrix tile = hidden.row_range(first, rows);
    layer.attention_out.run(isa_, context.row_range(first, rows), tile, arena, kernels::Epilogue::kNone, tile);
    isa_.layer_norm(tile.data, tile.stride, rows, tile.cols, layer.attention_norm_weight.data(),
                    layer.attention_norm_bias.data(), shape_.layer_norm_eps);
    layer.widen.run(isa_, tile, wide.row_range(0, rows), arena, activation);
    layer.narrow.run(isa_, wide.row_range(0, rows), tile, arena, kernels::Epilogue::kNone, tile);
    isa_.layer_norm(tile.data, tile.stride, rows, tile.cols, layer.output_norm_weight.data(),
                    layer.output_norm_bias.data(), shape_.layer_norm_eps);
  }
}

Result<void> EncoderStack::run(tensor::Matrix hidden, std::span<const int32_t> offsets, tensor::Arena& arena,
                               const StackRun& how) const {
  FOVEA_CHECK(hidden.cols == shape_.hidden && !offsets.empty() && offsets.front() == 0);
  FOVEA_CHECK(offsets.back() == hidden.rows && std::is_sorted(offsets.begin(), offsets.end()));
  FOVEA_CHECK(how.focus.empty() || static_cast<int64_t>(how.focus.size()) == hidden.rows);
  const tensor::Arena::Scope scope(arena);
  const tensor::Matrix context = arena.matrix(hidden.rows, shape_.hidden);
  for (size_t index = 0; index < layers_.size(); ++index) {
    if (how.before_layer) FOVEA_OK(how.before_layer());
    const bool last = index + 1 == layers_.size();
    attend(layers_[index], hidden, offsets, context, arena, last ? &how : nullptr);
    if (!last || !how.first_rows_only) {
      feed_forward(layers_[index], hidden, context, arena);
      continue;
    }
    // The first rows, gathered, go on alone.
    const auto sequences = static_cast<int64_t>(offsets.size()) - 1;
    const tensor::Matrix firsts = arena.matrix(sequences, shape_.hidden);
    const tensor::Matrix first_context = arena.matrix(sequences, shape_.hidden);
    int64_t count = 0;
    for (size_t s = 0; s + 1 < offsets.size(); ++s) {
      if (offsets[s] == offsets[s + 1]) continue;
      std::ranges::copy(hidden.row(offsets[s]), firsts.row(count).begin());
      std::ranges::copy(context.row(offsets[s]), first_context.row(count++).begin());
    }
    feed_forward(layers_[index], firsts.row_range(0, count), first_context.row_range(0, count), arena);
    count = 0;
    for (size_t s = 0; s + 1 < offsets.size(); ++s)
      if (offsets[s] != offsets[s + 1]) std::ranges::copy(firsts.row(count++), hidden.row(offsets[s]).begin());
  }
  return {};
}

}  // namespace fovea::layers
