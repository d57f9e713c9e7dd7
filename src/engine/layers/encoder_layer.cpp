#include "engine/layers/encoder_layer.h"

#include <fmt/format.h>

#include <algorithm>

namespace fovea::layers {
namespace {

using kernels::Epilogue;

Epilogue epilogue_of(Activation activation) {
  switch (activation) {
    case Activation::kGelu:
      return Epilogue::kGelu;
    case Activation::kGeluTanh:
      return Epilogue::kGeluTanh;
    case Activation::kRelu:
      return Epilogue::kRelu;
    case Activation::kSilu:
      return Epilogue::kSilu;
  }
  return Epilogue::kNone;
}

Result<kernels::PackedLinear> find_linear(const FindTensor& find, const std::string& name, int64_t out, int64_t in,
                                          bool with_bias, kernels::Precision precision) {
  FOVEA_TRY(const tensor::Tensor weight, find(name + ".weight", {out, in}));
  if (!with_bias) return kernels::PackedLinear(weight.matrix(), {}, {precision});
  FOVEA_TRY(const tensor::Tensor bias, find(name + ".bias", {out}));
  return kernels::PackedLinear(weight.matrix(), bias.values(), {precision});
}

// Query, key and value as one product: x is read once, and the panels lie one behind another.
Result<kernels::PackedLinear> find_qkv(const FindTensor& find, const std::string& name, int64_t hidden, bool with_bias,
                                       kernels::Precision precision) {
  std::vector<float> weight, bias;
  weight.reserve(static_cast<size_t>(3 * hidden * hidden));
  for (const char* part : {"query", "key", "value"}) {
    FOVEA_TRY(const tensor::Tensor w, find(name + part + ".weight", {hidden, hidden}));
    weight.insert(weight.end(), w.values().begin(), w.values().end());
    if (!with_bias) continue;
    FOVEA_TRY(const tensor::Tensor b, find(name + part + ".bias", {hidden}));
    bias.insert(bias.end(), b.values().begin(), b.values().end());
  }
  return kernels::PackedLinear(tensor::ConstMatrix(weight.data(), 3 * hidden, hidden), bias, {precision});
}

// narrow(act(widen(x))) of a tile; `x` are the prepared rows, the result is added to `hidden`.
void add_widened(const kernels::IsaKernels& isa, const EncoderShape& shape, const EncoderLayer& layer,
                 const kernels::PreparedRows& x, tensor::Matrix hidden, tensor::Arena& arena) {
  const tensor::Arena::Scope scope(arena);
  const auto precision = layer.narrow.precision();
  const Epilogue epilogue = epilogue_of(shape.activation);
  tensor::Matrix wide = arena.matrix(hidden.rows, layer.widen.out());
  layer.widen.run(isa, x, wide, shape.gated ? Epilogue::kNone : epilogue);
  if (shape.gated) {
    isa.gate({.x = wide.data,
              .x_stride = wide.stride,
              .rows = wide.rows,
              .cols = shape.intermediate,
              .epilogue = epilogue,
              .fast = precision != kernels::Precision::kFp32,
              .y = wide.data,
              .y_stride = wide.stride});
    wide = wide.col_range(0, shape.intermediate);
  }
  layer.narrow.run(isa, kernels::prepare_rows(isa, wide, precision, arena), hidden, Epilogue::kNone, hidden);
}

}  // namespace

Result<EncoderLayer> EncoderLayer::create(const EncoderShape& shape, const FindTensor& find, int64_t index,
                                          kernels::Precision precision) {
  const std::string name = fmt::format("layer.{}.", index);
  const int64_t hidden = shape.hidden, wide = shape.gated ? 2 * shape.intermediate : shape.intermediate;
  const bool bias = shape.linear_bias;
  EncoderLayer layer;
  FOVEA_TRY(layer.qkv, find_qkv(find, name + "attention.self.", hidden, bias, precision));
  FOVEA_TRY(layer.attention_out, find_linear(find, name + "attention.output.dense", hidden, hidden, bias, precision));
  if (index > 0 || shape.first_attention_norm) {
    FOVEA_TRY(layer.attention_norm, LayerNorm::create(find, name + "attention.output.LayerNorm", hidden,
                                                      shape.layer_norm_eps, shape.norm_bias));
  }
  FOVEA_TRY(layer.widen, find_linear(find, name + "intermediate.dense", wide, hidden, bias, precision));
  FOVEA_TRY(layer.narrow, find_linear(find, name + "output.dense", hidden, shape.intermediate, bias, precision));
  FOVEA_TRY(layer.output_norm,
            LayerNorm::create(find, name + "output.LayerNorm", hidden, shape.layer_norm_eps, shape.norm_bias));
  return layer;
}

void run_feed_forward(const kernels::IsaKernels& isa, const EncoderShape& shape, const EncoderLayer& layer,
                      tensor::Matrix hidden, tensor::ConstMatrix context, const kernels::PreparedRows& ready,
                      tensor::Arena& arena) {
  const tensor::Arena::Scope scope(arena);
  const auto precision = layer.narrow.precision();
  const bool fp32 = precision == kernels::Precision::kFp32;
  layer.attention_out.run(isa, kernels::prepare_rows(isa, context, precision, arena), hidden, Epilogue::kNone, hidden);
  if (shape.norm_before) {
    const tensor::Matrix normed = arena.matrix(hidden.rows, hidden.cols);
    kernels::PreparedRows x = fp32 ? kernels::prepare_rows(isa, normed, precision, arena)
                                   : kernels::take_rows(precision, hidden.rows, hidden.cols, arena);
    layer.output_norm.run(isa, hidden, normed, x);
    add_widened(isa, shape, layer, x, hidden, arena);
    return;
  }
  // The rows between the norms need no room of their own: they are what `ready` holds next.
  layer.attention_norm.run(isa, hidden, {}, ready);
  add_widened(isa, shape, layer, fp32 ? kernels::prepare_rows(isa, hidden, precision, arena) : ready, hidden, arena);
  layer.output_norm.run(isa, hidden, {}, ready);
}

}  // namespace fovea::layers
