#include "engine/layers/weight_source.h"

#include <fmt/format.h>

#include <span>

#include "base/check.h"

namespace fovea::layers {

std::string LinearRequest::key() const {
  return parts.empty() ? name : fmt::format("{}.{}", name, fmt::join(parts, "+"));
}

Result<tensor::RowTable> WeightSource::rows(const std::string& name, int64_t rows, int64_t cols) const {
  FOVEA_TRY(const tensor::Tensor found, tensor(name, {rows, cols}));
  return tensor::RowTable(found.storage(), std::as_bytes(found.values()).data(), tensor::Element::kF32, rows, cols);
}

Result<kernels::PackedLinear> WeightSource::linear(const LinearRequest& request) const {
  if (request.parts.empty()) {
    FOVEA_TRY(const tensor::Tensor weight, tensor(request.name + ".weight", {request.out, request.in}));
    if (!request.bias) return kernels::PackedLinear(weight.matrix(), {}, request.options);
    FOVEA_TRY(const tensor::Tensor bias, tensor(request.name + ".bias", {request.out}));
    return kernels::PackedLinear(weight.matrix(), bias.values(), request.options);
  }
  const auto count = static_cast<int64_t>(request.parts.size());
  FOVEA_CHECK(request.out % count == 0);
  std::vector<float> weight, bias;
  weight.reserve(static_cast<size_t>(request.out * request.in));
  for (std::string_view part : request.parts) {
    const std::string name = fmt::format("{}.{}", request.name, part);
    FOVEA_TRY(const tensor::Tensor w, tensor(name + ".weight", {request.out / count, request.in}));
    weight.insert(weight.end(), w.values().begin(), w.values().end());
    if (!request.bias) continue;
    FOVEA_TRY(const tensor::Tensor b, tensor(name + ".bias", {request.out / count}));
    bias.insert(bias.end(), b.values().begin(), b.values().end());
  }
  return kernels::PackedLinear(tensor::ConstMatrix(weight.data(), request.out, request.in), bias, request.options);
}

Result<kernels::PackedLinear> portable_linear(const WeightSource& weights, const std::string& name, int64_t out,
                                              int64_t in, bool bias) {
  return weights.linear({.name = name, .out = out, .in = in, .bias = bias, .options = {.portable = true}});
}

}  // namespace fovea::layers
