#include "engine/kernels/packed_linear.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "engine/tensor/half.h"

namespace fovea::kernels {
namespace {

int64_t padded_out(int64_t out) {
  return (out + kPanel - 1) / kPanel * kPanel;
}

int64_t padded_depth(Precision precision, int64_t in) {
  const int64_t units = units_of(precision, in);
  return precision == Precision::kFp32 ? units : (units + kDepthStep - 1) / kDepthStep * kDepthStep;
}

// Where value k of output o lies in the panels, in values of the precision.
struct PanelPlace {
  int64_t depth, per;
  int64_t operator()(int64_t o, int64_t k) const {
    return ((o / kPanel * depth + k / per) * kPanel + o % kPanel) * per + k % per;
  }
};

void pack_int8(tensor::ConstMatrix weight, const PanelPlace& place, int8_t* panels, float* scales,
               int32_t* weight_sums) {
  for (int64_t o = 0; o < weight.rows; ++o) {
    float highest = 0;
    for (float w : weight.row(o)) highest = std::max(highest, std::abs(w));
    scales[o] = highest / kByteTop;
    const float inverse = highest > 0 ? kByteTop / highest : 0.0f;
    int32_t sum = 0;
    for (int64_t k = 0; k < weight.cols; ++k) {
      const auto q = static_cast<int32_t>(std::nearbyint(weight.row(o)[static_cast<size_t>(k)] * inverse));
      panels[place(o, k)] = static_cast<int8_t>(q);
      sum += q;
    }
    weight_sums[o] = sum;
  }
}

}  // namespace

PackedLinear::Sizes PackedLinear::sizes(int64_t in, int64_t out, Precision precision) {
  const auto columns = static_cast<size_t>(padded_out(out)) * 4;
  Sizes bytes{static_cast<size_t>(padded_depth(precision, in)) * columns, columns, 0, 0};
  if (precision == Precision::kInt8) bytes.out_scales = bytes.weight_sums = columns;
  return bytes;
}

int64_t PackedLinear::panel_units() const {
  return padded_depth(options_.precision, in_) * kPanel;
}

PackedLinear::PackedLinear(tensor::ConstMatrix weight, std::span<const float> bias, const LinearOptions& options) {
  FOVEA_CHECK(bias.empty() || bias.size() == static_cast<size_t>(weight.rows));
  const Sizes bytes = sizes(weight.cols, weight.rows, options.precision);
  auto storage = tensor::Storage::allocate(bytes.panels + bytes.bias + bytes.out_scales + bytes.weight_sums);
  std::byte* at = storage->writable();
  auto* panels = at;
  auto* biases = reinterpret_cast<float*>(at + bytes.panels);
  auto* scales = reinterpret_cast<float*>(at + bytes.panels + bytes.bias);
  auto* weight_sums = reinterpret_cast<int32_t*>(at + bytes.panels + bytes.bias + bytes.out_scales);
  std::ranges::copy(bias, biases);
  const int64_t depth = padded_depth(options.precision, weight.cols);
  if (options.precision == Precision::kInt8) {
    pack_int8(weight, {depth, 4}, reinterpret_cast<int8_t*>(panels), scales, weight_sums);
  } else {
    const bool halves = options.precision == Precision::kBf16;
    const PanelPlace place{depth, halves ? 2 : 1};
    for (int64_t o = 0; o < weight.rows; ++o)
      for (int64_t k = 0; k < weight.cols; ++k) {
        const float w = weight.row(o)[static_cast<size_t>(k)];
        if (halves) {
          reinterpret_cast<uint16_t*>(panels)[place(o, k)] = tensor::to_bf16(w);
        } else {
          reinterpret_cast<float*>(panels)[place(o, k)] = w;
        }
      }
  }
  const std::span<const std::byte> all = storage->bytes();
  *this = from_parts(weight.cols, weight.rows, options,
                     {all.subspan(0, bytes.panels), all.subspan(bytes.panels, bytes.bias),
                      all.subspan(bytes.panels + bytes.bias, bytes.out_scales),
                      all.subspan(bytes.panels + bytes.bias + bytes.out_scales, bytes.weight_sums)},
                     std::move(storage));
}

PackedLinear PackedLinear::from_parts(int64_t in, int64_t out, const LinearOptions& options, const Parts& parts,
                                      std::shared_ptr<const tensor::Storage> storage) {
  const Sizes bytes = sizes(in, out, options.precision);
  FOVEA_CHECK(parts.panels.size() == bytes.panels && parts.bias.size() == bytes.bias);
  FOVEA_CHECK(parts.out_scales.size() == bytes.out_scales && parts.weight_sums.size() == bytes.weight_sums);
  PackedLinear made;
  made.in_ = in;
  made.out_ = out;
  made.options_ = options;
  made.storage_ = std::move(storage);
  made.panels_ = reinterpret_cast<const int32_t*>(parts.panels.data());
  made.bias_ = reinterpret_cast<const float*>(parts.bias.data());
  made.out_scales_ = reinterpret_cast<const float*>(parts.out_scales.data());
  made.weight_sums_ = reinterpret_cast<const int32_t*>(parts.weight_sums.data());
  return made;
}

PackedLinear::Parts PackedLinear::parts() const {
  const Sizes bytes = sizes(in_, out_, options_.precision);
  const auto span = [](const void* data, size_t size) { return std::span(static_cast<const std::byte*>(data), size); };
  return {span(panels_, bytes.panels), span(bias_, bytes.bias), span(out_scales_, bytes.out_scales),
          span(weight_sums_, bytes.weight_sums)};
}

void PackedLinear::run(const IsaKernels& isa, const PreparedRows& x, tensor::Matrix y, Epilogue epilogue,
                       tensor::ConstMatrix residual) const {
  FOVEA_CHECK(x.precision == options_.precision && x.cols == in_ && y.cols == out_ && x.rows == y.rows);
  FOVEA_CHECK(residual.data == nullptr || (residual.rows == y.rows && residual.cols == out_));
  isa.linear({.precision = options_.precision,
              .unfused = options_.portable,
              .x = x.data,
              .scales = x.scales,
              .zeros = x.zeros,
              .x_stride = x.stride,
              .rows = x.rows,
              .depth = units_of(options_.precision, in_),
              .out = out_,
              .panels = panels_,
              .panel_units = panel_units(),
              .out_scales = out_scales_,
              .weight_sums = weight_sums_,
              .bias = bias_,
              .residual = residual.data,
              .residual_stride = residual.stride,
              .y = y.data,
              .y_stride = y.stride,
              .epilogue = epilogue});
}

void PackedLinear::run(const IsaKernels& isa, tensor::ConstMatrix x, tensor::Matrix y, tensor::Arena& arena,
                       Epilogue epilogue, tensor::ConstMatrix residual) const {
  const tensor::Arena::Scope scope(arena);
  run(isa, prepare_rows(isa, x, options_.precision, arena), y, epilogue, residual);
}

}  // namespace fovea::kernels
