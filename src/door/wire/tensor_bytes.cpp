#include "door/wire/tensor_bytes.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <limits>
#include <utility>

namespace fovea::wire {
namespace {

static_assert(std::endian::native == std::endian::little, "elements are copied as they are");

template <typename T>
T read_as(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

Result<void> read_texts(std::string_view bytes, size_t elements, Tensor& tensor) {
  std::vector<std::string> texts;
  texts.reserve(std::min(elements, bytes.size() / sizeof(uint32_t)));
  const size_t given = bytes.size();
  while (!bytes.empty() && texts.size() < elements) {
    if (bytes.size() < sizeof(uint32_t)) break;
    const uint32_t length = read_as<uint32_t>(bytes.data());
    bytes.remove_prefix(sizeof(uint32_t));
    if (length > bytes.size()) {
      return fail(Code::kInvalidArgument,
                  fmt::format("element {} says that it has {} bytes, {} are left", texts.size(), length, bytes.size()),
                  tensor.name);
    }
    texts.emplace_back(bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
  if (!bytes.empty() || texts.size() != elements) {
    return fail(Code::kInvalidArgument,
                fmt::format("its {} bytes do not hold the {} elements of its shape {}", given, elements,
                            shape_text(tensor.shape)),
                tensor.name);
  }
  tensor.values = std::move(texts);
  return {};
}

template <typename T>
Result<void> read_numbers(std::string_view bytes, size_t elements, Tensor& tensor) {
  std::vector<int64_t> numbers(elements);
  for (size_t i = 0; i < elements; ++i) {
    const T value = read_as<T>(bytes.data() + i * sizeof(T));
    if (!std::in_range<int64_t>(value)) {
      return fail(Code::kInvalidArgument, fmt::format("element {} is too large", i), tensor.name);
    }
    numbers[i] = static_cast<int64_t>(value);
  }
  tensor.values = std::move(numbers);
  return {};
}

template <typename T>
void append_raw(const std::vector<T>& values, std::string& out) {
  out.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

}  // namespace

Result<void> read_elements(std::string_view bytes, size_t elements, Tensor& tensor) {
  if (tensor.datatype == Datatype::kBytes) return read_texts(bytes, elements, tensor);
  if (!is_whole_number(tensor.datatype)) {
    return fail(Code::kInvalidArgument, fmt::format("no input is {}", datatype_name(tensor.datatype)), tensor.name);
  }
  // elements <= kElementsMax, so the product fits.
  if (bytes.size() != elements * datatype_bytes(tensor.datatype)) {
    return fail(Code::kInvalidArgument,
                fmt::format("has {} bytes, its shape {} of {} has {}", bytes.size(), shape_text(tensor.shape),
                            datatype_name(tensor.datatype), elements * datatype_bytes(tensor.datatype)),
                tensor.name);
  }
  switch (tensor.datatype) {
    case Datatype::kUint8:
      return read_numbers<uint8_t>(bytes, elements, tensor);
    case Datatype::kUint16:
      return read_numbers<uint16_t>(bytes, elements, tensor);
    case Datatype::kUint32:
      return read_numbers<uint32_t>(bytes, elements, tensor);
    case Datatype::kUint64:
      return read_numbers<uint64_t>(bytes, elements, tensor);
    case Datatype::kInt8:
      return read_numbers<int8_t>(bytes, elements, tensor);
    case Datatype::kInt16:
      return read_numbers<int16_t>(bytes, elements, tensor);
    case Datatype::kInt32:
      return read_numbers<int32_t>(bytes, elements, tensor);
    default:
      return read_numbers<int64_t>(bytes, elements, tensor);
  }
}

Result<void> read_raw(std::string_view bytes, Tensor& tensor) {
  inference::Tensor read{std::move(tensor.name), tensor.datatype, std::move(tensor.shape), std::string(bytes)};
  FOVEA_OK(inference::check_elements(read));
  tensor = {std::move(read.name), read.datatype, std::move(read.shape), Raw{std::move(read.bytes)}};
  return {};
}

void append_elements(const Tensor& tensor, std::string& out) {
  if (const auto* raw = std::get_if<Raw>(&tensor.values)) {
    out += raw->bytes;
    return;
  }
  if (const auto* floats = std::get_if<std::vector<float>>(&tensor.values)) return append_raw(*floats, out);
  if (const auto* numbers = std::get_if<std::vector<int64_t>>(&tensor.values)) return append_raw(*numbers, out);
  for (const std::string& each : std::get<std::vector<std::string>>(tensor.values)) {
    const auto length = static_cast<uint32_t>(each.size());
    out.append(reinterpret_cast<const char*>(&length), sizeof length);
    out += each;
  }
}

size_t element_bytes(const Tensor& tensor) {
  if (const auto* raw = std::get_if<Raw>(&tensor.values)) return raw->bytes.size();
  if (const auto* floats = std::get_if<std::vector<float>>(&tensor.values)) return floats->size() * sizeof(float);
  if (const auto* numbers = std::get_if<std::vector<int64_t>>(&tensor.values)) return numbers->size() * sizeof(int64_t);
  size_t bytes = 0;
  for (const std::string& each : std::get<std::vector<std::string>>(tensor.values)) {
    bytes += sizeof(uint32_t) + each.size();
  }
  return bytes;
}

}  // namespace fovea::wire
