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

Result<EncoderLayer> EncoderLayer::create(const EncoderShape& shape, const WeightSource& weights, int64_t index,
                                          kernels::Precision precision) {
  const std::string name = fmt::format("layer.{}.", index);
  const int64_t hidden = shape.hidden, wide = shape.gated ? 2 * shape.intermediate : shape.intermediate;
  const auto linear = [&](const std::string& part, int64_t out, int64_t in, std::vector<std::string_view> parts = {}) {
    return weights.linear({.name = name + part,
                           .out = out,
                           .in = in,
                           .bias = shape.linear_bias,
                           .options = {.precision = precision},
                           .parts = std::move(parts)});
  };
  const auto norm = [&](const std::string& part) {
    return LayerNorm::create(weights, name + part, hidden, shape.layer_norm_eps, shape.norm_bias);
  };
  EncoderLayer layer;
  FOVEA_TRY(layer.qkv, linear("attention.self", 3 * hidden, hidden, {"query", "key", "value"}));
  FOVEA_TRY(layer.attention_out, linear("attention.output.dense", hidden, hidden));
  if (index > 0 || shape.first_attention_norm) {
    FOVEA_TRY(layer.attention_norm, norm("attention.output.LayerNorm"));
  }
  FOVEA_TRY(layer.widen, linear("intermediate.dense", wide, hidden));
  FOVEA_TRY(layer.narrow, linear("output.dense", hidden, shape.intermediate));
  FOVEA_TRY(layer.output_norm, norm("output.LayerNorm"));
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
