#include "door/wire/classification.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "door/wire/scores.h"

namespace fovea::wire {
namespace {

std::vector<float> floats_of(const Tensor& from) {
  const auto* raw = std::get_if<Raw>(&from.values);
  if (!raw) return std::get<std::vector<float>>(from.values);
  std::vector<float> out(raw->bytes.size() / sizeof(float));
  if (!out.empty()) std::memcpy(out.data(), raw->bytes.data(), out.size() * sizeof(float));
  return out;
}

}  // namespace

Tensor classified(const Tensor& from, int64_t classes, const inference::ModelInfo& model) {
  const std::vector<float> values = floats_of(from);
  const auto width = static_cast<size_t>(from.shape.size() > 1 ? from.shape.back() : 1);
  const size_t count = std::min(width, static_cast<size_t>(classes));
  const bool labelled = width == model.labels.size();
  std::vector<std::string> out;
  for (size_t at = 0; width > 0 && at + width <= values.size(); at += width) {
    const auto row = std::span(values).subspan(at, width);
    for (const size_t index : greatest(row, count)) {
      out.push_back(labelled ? fmt::format("{:f}:{}:{}", row[index], index, model.labels[index])
                             : fmt::format("{:f}:{}", row[index], index));
    }
  }
  Tensor tensor{from.name, Datatype::kBytes, from.shape, std::move(out)};
  if (tensor.shape.size() == 1) tensor.shape.push_back(1);
  tensor.shape.back() = static_cast<int64_t>(count);
  return tensor;
}

}  // namespace fovea::wire
