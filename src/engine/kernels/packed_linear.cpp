#include "engine/kernels/packed_linear.h"

#include <algorithm>

#include "base/check.h"

namespace fovea::kernels {

PackedLinear::PackedLinear(tensor::ConstMatrix weight, std::span<const float> bias)
    : in_(weight.cols), out_(weight.rows) {
  FOVEA_CHECK(bias.empty() || bias.size() == static_cast<size_t>(out_));
  const int64_t padded = (out_ + kPanel - 1) / kPanel * kPanel;
  auto storage = tensor::Storage::allocate(static_cast<size_t>(padded * in_) * sizeof(float));
  auto* panels = reinterpret_cast<float*>(storage->writable());
  for (int64_t o = 0; o < out_; ++o) {
    const float* row = weight.row(o).data();
    float* column = panels + o / kPanel * kPanel * in_ + o % kPanel;
    for (int64_t k = 0; k < in_; ++k) column[k * kPanel] = row[k];
  }
  panels_ = std::move(storage);
  bias_.assign(static_cast<size_t>(padded), 0.0f);
  std::copy(bias.begin(), bias.end(), bias_.begin());
}

void PackedLinear::run(const IsaKernels& isa, tensor::ConstMatrix x, tensor::Matrix y, tensor::Arena& arena,
                       Epilogue epilogue, tensor::ConstMatrix residual) const {
  FOVEA_CHECK(x.cols == in_ && y.cols == out_ && x.rows == y.rows);
  FOVEA_CHECK(residual.data == nullptr || (residual.rows == y.rows && residual.cols == out_));
  const tensor::Arena::Scope scope(arena);
  isa.linear({.x = x.data,
              .x_stride = x.stride,
              .rows = x.rows,
              .in = in_,
              .out = out_,
              .panels = reinterpret_cast<const float*>(panels_->bytes().data()),
              .bias = bias_.data(),
              .residual = residual.data,
              .residual_stride = residual.stride,
              .y = y.data,
              .y_stride = y.stride,
              .epilogue = epilogue,
              .scratch = arena.take<float>(static_cast<size_t>(isa.linear_scratch(in_))).data()});
}

}  // namespace fovea::kernels
