#include "door/inference/raw_elements.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/utf8.h"
#include "door/inference/tensor_json.h"

namespace fovea::wire {
namespace {

std::unexpected<Error> bad(std::string message, const std::string& name, std::string hint = {}) {
  return fail(Code::kInvalidArgument, std::move(message), name, std::move(hint));
}

std::unexpected<Error> no_element(const Tensor& tensor) {
  return bad(fmt::format("an element is no {}", datatype_name(tensor.datatype)), tensor.name);
}

template <typename T>
void append_value(T value, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <typename T>
Result<void> read_whole(const Json& value, const Tensor& tensor, std::string& bytes) {
  if (const int64_t* number = value.if_int64(); number && std::in_range<T>(*number)) {
    append_value(static_cast<T>(*number), bytes);
  } else if (const uint64_t* large = value.if_uint64(); large && std::in_range<T>(*large)) {
    append_value(static_cast<T>(*large), bytes);
  } else {
    return no_element(tensor);
  }
  return {};
}

template <typename T>
Result<void> read_real(const Json& value, const Tensor& tensor, std::string& bytes) {
  if (!value.is_number()) return no_element(tensor);
  const auto number = static_cast<T>(number_or(value, 0));
  if (!std::isfinite(number)) return no_element(tensor);
  append_value(number, bytes);
  return {};
}

Result<void> read_element(const Json& value, const Tensor& tensor, std::string& bytes) {
  switch (tensor.datatype) {
    case Datatype::kBool:
      if (!value.is_bool()) return no_element(tensor);
      bytes += static_cast<char>(value.get_bool());
      return {};
    case Datatype::kUint8:
      return read_whole<uint8_t>(value, tensor, bytes);
    case Datatype::kUint16:
      return read_whole<uint16_t>(value, tensor, bytes);
    case Datatype::kUint32:
      return read_whole<uint32_t>(value, tensor, bytes);
    case Datatype::kUint64:
      return read_whole<uint64_t>(value, tensor, bytes);
    case Datatype::kInt8:
      return read_whole<int8_t>(value, tensor, bytes);
    case Datatype::kInt16:
      return read_whole<int16_t>(value, tensor, bytes);
    case Datatype::kInt32:
      return read_whole<int32_t>(value, tensor, bytes);
    case Datatype::kInt64:
      return read_whole<int64_t>(value, tensor, bytes);
    case Datatype::kFp32:
      return read_real<float>(value, tensor, bytes);
    case Datatype::kFp64:
      return read_real<double>(value, tensor, bytes);
    case Datatype::kBytes: {
      const auto* text = value.if_string();
      if (!text) return bad("an element of BYTES is a string", tensor.name);
      inference::append_element({text->data(), text->size()}, bytes);
      return {};
    }
    case Datatype::kFp16:
    case Datatype::kBf16:
      break;
  }
  return bad(fmt::format("{} has no form in JSON", datatype_name(tensor.datatype)), tensor.name,
             "send it as a binary tensor");
}

// `level`: the dimension along which `data` runs.
Result<void> read_nested(const JsonArray& data, size_t level, const Tensor& tensor, std::string& bytes) {
  if (level >= tensor.shape.size() || data.size() != static_cast<size_t>(tensor.shape[level]))
    return bad(fmt::format("its data are not of the shape {}", shape_text(tensor.shape)), tensor.name);
  const bool last = level + 1 == tensor.shape.size();
  for (const Json& each : data) {
    const auto* inner = each.if_array();
    if (last == (inner != nullptr))
      return bad(fmt::format("its data are not of the shape {}", shape_text(tensor.shape)), tensor.name);
    FOVEA_OK(last ? read_element(each, tensor, bytes) : read_nested(*inner, level + 1, tensor, bytes));
  }
  return {};
}

const std::string& raw_of(const Tensor& tensor) {
  return std::get<Raw>(tensor.values).bytes;
}

template <typename T>
Result<void> append_values(const Tensor& tensor, std::string& out) {
  const std::string& bytes = raw_of(tensor);
  for (size_t at = 0; at < bytes.size(); at += sizeof(T)) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    if (at != 0) out += ',';
    if constexpr (std::is_floating_point_v<T>) {
      if (!std::isfinite(value))
        return bad("the answer has a number that is not finite, for which JSON has no form", tensor.name,
                   "ask for it as a binary tensor");
      char digits[32];
      const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
      const std::string_view text(digits, static_cast<size_t>(end - digits));
      out += text;
      if (text.find_first_of(".e") == std::string_view::npos) out += ".0";  // strict readers tell 1 from 1.0
    } else {
      out += std::to_string(value);
    }
  }
  return {};
}

Result<void> append_texts(const Tensor& tensor, std::string& out) {
  for (size_t at = 0; at < raw_of(tensor).size();) {
    if (at != 0) out += ',';
    const std::string_view text = inference::next_element(raw_of(tensor), at);
    if (!is_utf8(text))
      return bad("the answer has a text that is not UTF-8, for which JSON has no form", tensor.name,
                 "ask for it as a binary tensor");
    out += quoted_text(text);
  }
  return {};
}

Result<void> append_all(const Tensor& tensor, std::string& out) {
  switch (tensor.datatype) {
    case Datatype::kBool:
      for (size_t i = 0; i < raw_of(tensor).size(); ++i) {
        if (i != 0) out += ',';
        out += raw_of(tensor)[i] ? "true" : "false";
      }
      return {};
    case Datatype::kUint8:
      return append_values<uint8_t>(tensor, out);
    case Datatype::kUint16:
      return append_values<uint16_t>(tensor, out);
    case Datatype::kUint32:
      return append_values<uint32_t>(tensor, out);
    case Datatype::kUint64:
      return append_values<uint64_t>(tensor, out);
    case Datatype::kInt8:
      return append_values<int8_t>(tensor, out);
    case Datatype::kInt16:
      return append_values<int16_t>(tensor, out);
    case Datatype::kInt32:
      return append_values<int32_t>(tensor, out);
    case Datatype::kInt64:
      return append_values<int64_t>(tensor, out);
    case Datatype::kFp32:
      return append_values<float>(tensor, out);
    case Datatype::kFp64:
      return append_values<double>(tensor, out);
    case Datatype::kBytes:
      return append_texts(tensor, out);
    case Datatype::kFp16:
    case Datatype::kBf16:
      break;
  }
  return bad(fmt::format("{} has no form in JSON", datatype_name(tensor.datatype)), tensor.name,
             "ask for it as a binary tensor");
}

}  // namespace

Result<void> read_raw_json(const Json& data, size_t elements, Tensor& tensor) {
  const auto* array = data.if_array();
  if (!array) return bad("has neither data nor a binary_data_size", tensor.name);
  std::string bytes;
  bytes.reserve(elements * datatype_bytes(tensor.datatype));
  if (!array->empty() && array->front().is_array()) {
    FOVEA_OK(read_nested(*array, 0, tensor, bytes));
  } else {
    if (array->size() != elements)
      return bad(fmt::format("has {} elements, its shape {} has {}", array->size(), shape_text(tensor.shape), elements),
                 tensor.name);
    for (const Json& each : *array) FOVEA_OK(read_element(each, tensor, bytes));
  }
  tensor.values = Raw{std::move(bytes)};
  return {};
}

Result<void> append_raw_json(const Tensor& tensor, std::string& out) {
  out += '[';
  FOVEA_OK(append_all(tensor, out));
  out += ']';
  return {};
}

}  // namespace fovea::wire
