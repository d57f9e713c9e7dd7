#include "door/inference/tensor_json.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>

#include "base/utf8.h"

namespace fovea::wire {
namespace {

struct Range {
  int64_t least, most;
};

Range range_of(Datatype datatype) {
  switch (datatype) {
    case Datatype::kUint8:
      return {0, std::numeric_limits<uint8_t>::max()};
    case Datatype::kUint16:
      return {0, std::numeric_limits<uint16_t>::max()};
    case Datatype::kUint32:
      return {0, std::numeric_limits<uint32_t>::max()};
    case Datatype::kUint64:  // what is more than that is no token of any model
      return {0, std::numeric_limits<int64_t>::max()};
    case Datatype::kInt8:
      return {std::numeric_limits<int8_t>::min(), std::numeric_limits<int8_t>::max()};
    case Datatype::kInt16:
      return {std::numeric_limits<int16_t>::min(), std::numeric_limits<int16_t>::max()};
    case Datatype::kInt32:
      return {std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()};
    default:
      return {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()};
  }
}

Result<void> read_one(const Json& value, Tensor& tensor) {
  if (auto* texts = std::get_if<std::vector<std::string>>(&tensor.values)) {
    const auto* text = value.if_string();
    if (!text) return fail(Code::kInvalidArgument, "an element of BYTES is a string", tensor.name);
    texts->emplace_back(text->data(), text->size());
    return {};
  }
  const Range range = range_of(tensor.datatype);
  const int64_t* number = value.if_int64();
  if (!number || *number < range.least || *number > range.most) {
    return fail(Code::kInvalidArgument, fmt::format("an element is no {}", datatype_name(tensor.datatype)),
                tensor.name);
  }
  std::get<std::vector<int64_t>>(tensor.values).push_back(*number);
  return {};
}

// `level`: the dimension along which `data` runs.
Result<void> read_nested(const JsonArray& data, size_t level, Tensor& tensor) {
  if (level >= tensor.shape.size() || data.size() != static_cast<size_t>(tensor.shape[level])) {
    return fail(Code::kInvalidArgument, fmt::format("its data are not of the shape {}", shape_text(tensor.shape)),
                tensor.name);
  }
  const bool last = level + 1 == tensor.shape.size();
  for (const Json& each : data) {
    const auto* inner = each.if_array();
    if (last == (inner != nullptr)) {
      return fail(Code::kInvalidArgument, fmt::format("its data are not of the shape {}", shape_text(tensor.shape)),
                  tensor.name);
    }
    FOVEA_OK(last ? read_one(each, tensor) : read_nested(*inner, level + 1, tensor));
  }
  return {};
}

}  // namespace

Result<void> read_json_elements(const Json& data, size_t elements, Tensor& tensor) {
  if (tensor.datatype == Datatype::kBytes) {
    tensor.values = std::vector<std::string>();
  } else if (is_whole_number(tensor.datatype)) {
    tensor.values = std::vector<int64_t>();
  } else {
    return fail(Code::kInvalidArgument, fmt::format("no input is {}", datatype_name(tensor.datatype)), tensor.name);
  }
  const auto* array = data.if_array();
  if (!array) return fail(Code::kInvalidArgument, "has neither data nor a binary_data_size", tensor.name);
  if (!array->empty() && array->front().is_array()) return read_nested(*array, 0, tensor);
  if (array->size() != elements) {
    return fail(Code::kInvalidArgument,
                fmt::format("has {} elements, its shape {} has {}", array->size(), shape_text(tensor.shape), elements),
                tensor.name);
  }
  for (const Json& each : *array) FOVEA_OK(read_one(each, tensor));
  return {};
}

Result<void> append_json_elements(const Tensor& tensor, std::string& out) {
  if (const auto* floats = std::get_if<std::vector<float>>(&tensor.values)) {
    if (!all_finite(*floats)) return fail(Code::kInternal, "the model's answer is not a finite number", tensor.name);
    append_numbers(*floats, out);
    return {};
  }
  out += '[';
  bool first = true;
  const auto comma = [&] {
    if (!first) out += ',';
    first = false;
  };
  if (const auto* texts = std::get_if<std::vector<std::string>>(&tensor.values)) {
    for (const std::string& each : *texts) {
      comma();
      out += is_utf8(each) ? quoted_text(each) : quoted_text(repair_utf8(each));
    }
  } else {
    for (const int64_t each : std::get<std::vector<int64_t>>(tensor.values)) {
      comma();
      out += std::to_string(each);
    }
  }
  out += ']';
  return {};
}

void append_number(float value, std::string& out) {
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  const std::string_view text(digits, static_cast<size_t>(end - digits));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";  // strict readers tell 1 from 1.0
}

bool all_finite(std::span<const float> values) {
  for (const float each : values) {
    if (!std::isfinite(each)) return false;
  }
  return true;
}

void append_numbers(std::span<const float> values, std::string& out) {
  out += '[';
  for (size_t i = 0; i < values.size(); ++i) {
    if (i != 0) out += ',';
    append_number(values[i], out);
  }
  out += ']';
}

}  // namespace fovea::wire
