#include "engine/models/packed_weights.h"

#include <fmt/format.h>

#include <memory>

#include "engine/tensor/finite.h"
#include "engine/weights/safetensors.h"

namespace fovea::models {
namespace {

using weights::PackedElement;
using weights::PackedEntry;
using weights::PackedKind;

std::span<const float> floats(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
}

tensor::Element table_element(PackedElement element) {
  return element == PackedElement::kF32    ? tensor::Element::kF32
         : element == PackedElement::kBF16 ? tensor::Element::kBF16
                                           : tensor::Element::kF16;
}

PackedElement packed_table_element(tensor::Element element) {
  return element == tensor::Element::kF32    ? PackedElement::kF32
         : element == tensor::Element::kBF16 ? PackedElement::kBF16
                                             : PackedElement::kF16;
}

PackedEntry linear_entry(const layers::LinearRequest& request) {
  return {.kind = PackedKind::kLinear,
          .element = packed_element(request.options.precision),
          .portable = request.options.portable,
          .shape = {request.out, request.in}};
}

}  // namespace

PackedElement packed_element(kernels::Precision precision) {
  return precision == kernels::Precision::kInt8   ? PackedElement::kInt8
         : precision == kernels::Precision::kBf16 ? PackedElement::kBF16
                                                  : PackedElement::kF32;
}

kernels::Precision precision_of(PackedElement element) {
  return element == PackedElement::kInt8   ? kernels::Precision::kInt8
         : element == PackedElement::kBF16 ? kernels::Precision::kBf16
                                           : kernels::Precision::kFp32;
}

// The entry must be of the same kind, shape and arithmetic. A table's element is the file's business.
Result<const PackedEntry*> PackedWeights::find(const std::string& name, const PackedEntry& want) const {
  const std::string key = prefix_ + name;
  FOVEA_TRY(const PackedEntry* entry, file_->find(key));
  const bool same_element = want.kind == PackedKind::kRows || want.element == entry->element;
  if (want.kind != entry->kind || !same_element || want.portable != entry->portable)
    return fail(Code::kDataLoss, "is packed for another use", fmt::format("{}: {}", file_->path(), key),
                "import the model again");
  if (want.shape != entry->shape)
    return fail(
        Code::kDataLoss,
        fmt::format("has shape {}, {} is needed", weights::shape_text(entry->shape), weights::shape_text(want.shape)),
        fmt::format("{}: {}", file_->path(), key), "do the weights belong to this config.json?");
  asked_.insert(key);
  return entry;
}

Result<tensor::Tensor> PackedWeights::tensor(const std::string& name, const std::vector<int64_t>& shape) const {
  FOVEA_TRY(const PackedEntry* entry, find(name, {.kind = PackedKind::kTensor, .shape = shape}));
  const auto bytes = file_->bytes(*entry);
  if (!tensor::all_finite(floats(bytes)))
    return fail(Code::kDataLoss, "holds NaN or infinity", fmt::format("{}: {}{}", file_->path(), prefix_, name),
                "import the model again");
  return tensor::Tensor(file_->storage(), floats(bytes).data(), shape);
}

Result<tensor::RowTable> PackedWeights::rows(const std::string& name, int64_t rows, int64_t cols) const {
  FOVEA_TRY(const PackedEntry* entry, find(name, {.kind = PackedKind::kRows, .shape = {rows, cols}}));
  return tensor::RowTable(file_->storage(), file_->bytes(*entry).data(), table_element(entry->element), rows, cols);
}

Result<kernels::PackedLinear> PackedWeights::linear(const layers::LinearRequest& request) const {
  FOVEA_TRY(const PackedEntry* entry, find(request.key(), linear_entry(request)));
  const auto bad = [&](std::string message) {
    return fail(Code::kDataLoss, std::move(message), fmt::format("{}: {}{}", file_->path(), prefix_, request.key()),
                "import the model again");
  };
  const auto sizes = kernels::PackedLinear::sizes(request.in, request.out, request.options.precision);
  auto rest = file_->bytes(*entry);
  if (rest.size() != sizes.panels + sizes.bias + sizes.out_scales + sizes.weight_sums)
    return bad(fmt::format("has {} bytes where its shape needs {}", rest.size(),
                           sizes.panels + sizes.bias + sizes.out_scales + sizes.weight_sums));
  const auto take = [&](size_t bytes) {
    const auto part = rest.subspan(0, bytes);
    rest = rest.subspan(bytes);
    return part;
  };
  kernels::PackedLinear::Parts parts;
  parts.panels = take(sizes.panels);
  parts.bias = take(sizes.bias);
  parts.out_scales = take(sizes.out_scales);
  parts.weight_sums = take(sizes.weight_sums);
  const bool sound =
      entry->element == PackedElement::kInt8 || tensor::all_finite(parts.panels, table_element(entry->element));
  if (!sound || !tensor::all_finite(floats(parts.bias)) || !tensor::all_finite(floats(parts.out_scales)))
    return bad("holds NaN or infinity");
  return kernels::PackedLinear::from_parts(request.in, request.out, request.options, parts, file_->storage());
}

Result<tensor::Tensor> RecordedWeights::tensor(const std::string& name, const std::vector<int64_t>& shape) const {
  FOVEA_TRY(tensor::Tensor found, from_->tensor(name, shape));
  FOVEA_OK(record_.add(prefix_ + name, {.kind = PackedKind::kTensor, .shape = shape}, {std::as_bytes(found.values())},
                       std::make_shared<tensor::Tensor>(found)));
  return found;
}

Result<tensor::RowTable> RecordedWeights::rows(const std::string& name, int64_t rows, int64_t cols) const {
  FOVEA_TRY(tensor::RowTable found, from_->rows(name, rows, cols));
  const auto bytes = std::make_shared<const std::vector<std::byte>>(found.bytes());
  FOVEA_OK(
      record_.add(prefix_ + name,
                  {.kind = PackedKind::kRows, .element = packed_table_element(found.element()), .shape = {rows, cols}},
                  {*bytes}, bytes));
  return found;
}

Result<kernels::PackedLinear> RecordedWeights::linear(const layers::LinearRequest& request) const {
  FOVEA_TRY(kernels::PackedLinear found, from_->linear(request));
  const auto parts = found.parts();
  FOVEA_OK(record_.add(prefix_ + request.key(), linear_entry(request),
                       {parts.panels, parts.bias, parts.out_scales, parts.weight_sums},
                       std::make_shared<kernels::PackedLinear>(found)));
  return found;
}

}  // namespace fovea::models
