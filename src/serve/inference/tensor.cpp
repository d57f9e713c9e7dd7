#include "serve/inference/tensor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "serve/inference/limits.h"

namespace fovea::inference {
namespace {

static_assert(std::endian::native == std::endian::little, "elements are copied as they are");

struct Row {
  std::string_view name;
  size_t bytes;
};

// In the order of Datatype.
constexpr std::array<Row, 14> kRows = {{{"BOOL", 1},
                                        {"UINT8", 1},
                                        {"UINT16", 2},
                                        {"UINT32", 4},
                                        {"UINT64", 8},
                                        {"INT8", 1},
                                        {"INT16", 2},
                                        {"INT32", 4},
                                        {"INT64", 8},
                                        {"FP16", 2},
                                        {"BF16", 2},
                                        {"FP32", 4},
                                        {"FP64", 8},
                                        {"BYTES", 0}}};

std::unexpected<Error> bad(std::string message, std::string_view where, std::string hint = {}) {
  return fail(Code::kInvalidArgument, std::move(message), std::string(where), std::move(hint));
}

Result<void> check_texts(const Tensor& tensor, size_t elements) {
  size_t at = 0, count = 0;
  const std::string& bytes = tensor.bytes;
  for (; count < elements && bytes.size() - at >= sizeof(uint32_t); ++count) {
    uint32_t length = 0;
    std::memcpy(&length, bytes.data() + at, sizeof length);
    at += sizeof length;
    if (length > bytes.size() - at)
      return bad(fmt::format("element {} says that it has {} bytes, {} are left", count, length, bytes.size() - at),
                 tensor.name);
    at += length;
  }
  if (count == elements && at == bytes.size()) return {};
  return bad(fmt::format("its {} bytes do not hold the {} elements of its shape {}", bytes.size(), elements,
                         shape_text(tensor.shape)),
             tensor.name);
}

}  // namespace

Result<Datatype> datatype_of(std::string_view name) {
  for (size_t i = 0; i < kRows.size(); ++i)
    if (kRows[i].name == name) return static_cast<Datatype>(i);
  return bad(fmt::format("'{}' is no datatype", name.substr(0, 20)), "datatype", "BYTES, INT64, INT32, FP32, ...");
}

std::string_view datatype_name(Datatype datatype) {
  return kRows[static_cast<size_t>(datatype)].name;
}

size_t datatype_bytes(Datatype datatype) {
  return kRows[static_cast<size_t>(datatype)].bytes;
}

bool is_whole_number(Datatype datatype) {
  return datatype >= Datatype::kUint8 && datatype <= Datatype::kInt64;
}

Result<size_t> elements_of(std::span<const int64_t> shape, std::string_view name) {
  if (shape.size() > kDimensionsMax)
    return bad(fmt::format("the shape has {} dimensions", shape.size()), name,
               fmt::format("at most {}", kDimensionsMax));
  size_t elements = 1;
  for (const int64_t each : shape) {
    if (each < 0) return bad(fmt::format("the shape {} has a negative dimension", shape_text(shape)), name);
    size_t next = 0;
    if (__builtin_mul_overflow(elements, static_cast<size_t>(each), &next) || next > kElementsMax)
      return bad(fmt::format("the shape {} has too many elements", shape_text(shape)), name,
                 fmt::format("at most {}", kElementsMax));
    elements = next;
  }
  return elements;
}

std::string shape_text(std::span<const int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ","));
}

Result<void> check_elements(const Tensor& tensor) {
  FOVEA_TRY(const size_t elements, elements_of(tensor.shape, tensor.name));
  if (tensor.datatype == Datatype::kBytes) return check_texts(tensor, elements);
  const size_t bytes = elements * datatype_bytes(tensor.datatype);  // elements <= kElementsMax: it fits
  if (tensor.bytes.size() == bytes) return {};
  return bad(fmt::format("has {} bytes, its shape {} of {} has {}", tensor.bytes.size(), shape_text(tensor.shape),
                         datatype_name(tensor.datatype), bytes),
             tensor.name);
}

Result<void> check_fits(const Tensor& tensor, const TensorSpec& spec) {
  if (tensor.datatype != spec.datatype)
    return bad(fmt::format("is {}, must be {}", datatype_name(tensor.datatype), datatype_name(spec.datatype)),
               tensor.name);
  const bool fits = std::ranges::equal(tensor.shape, spec.shape,
                                       [](int64_t given, int64_t says) { return says < 0 || given == says; });
  if (fits) return {};
  return bad(fmt::format("has the shape {}, the model takes {}", shape_text(tensor.shape), shape_text(spec.shape)),
             tensor.name);
}

Result<void> check_feed(std::span<const Tensor> tensors, std::span<const TensorSpec> specs, std::string_view model) {
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Tensor& each = tensors[i];
    const auto spec = std::ranges::find(specs, each.name, &TensorSpec::name);
    if (spec == specs.end()) {
      std::string names;
      for (const TensorSpec& one : specs) names += (names.empty() ? "" : ", ") + one.name;
      return bad(fmt::format("unexpected inference input '{}' for model '{}'", each.name, model), "inputs",
                 "its inputs are " + names);
    }
    if (std::ranges::count(tensors.first(i), each.name, &Tensor::name) != 0)
      return bad(fmt::format("'{}' stands there twice", each.name), "inputs");
    FOVEA_OK(check_elements(each));
    FOVEA_OK(check_fits(each, *spec));
  }
  for (const TensorSpec& spec : specs) {
    if (!spec.optional && std::ranges::find(tensors, spec.name, &Tensor::name) == tensors.end())
      return bad(fmt::format("the input '{}' of model '{}' is missing", spec.name, model), "inputs",
                 fmt::format("{} {}", datatype_name(spec.datatype), shape_text(spec.shape)));
  }
  return {};
}

void append_element(std::string_view element, std::string& bytes) {
  const auto length = static_cast<uint32_t>(element.size());
  bytes.append(reinterpret_cast<const char*>(&length), sizeof length);
  bytes += element;
}

std::string_view next_element(std::string_view bytes, size_t& at) {
  uint32_t length = 0;
  std::memcpy(&length, bytes.data() + at, sizeof length);
  const std::string_view element = bytes.substr(at + sizeof length, length);
  at += sizeof length + length;
  return element;
}

}  // namespace fovea::inference
