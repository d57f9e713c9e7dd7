#include "door/load/answer_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/digest.h"
#include "base/json.h"
#include "door/load/grpc_message.h"

namespace fovea::load {
namespace {

std::unexpected<Error> wrong(std::string message) {
  return fail(Code::kInternal, "a wrong answer: " + std::move(message));
}

bool is_finite_number(const Json& value) {
  return value.is_number() && std::isfinite(number_or(value, NAN));
}

Result<void> check_numbers(const Json& value, std::string_view name) {
  const JsonArray* array = value.if_array();
  if (array == nullptr || array->empty()) return wrong(fmt::format("{} is no array of numbers", name));
  if (!std::ranges::all_of(*array, is_finite_number)) return wrong(fmt::format("{} has what is no number", name));
  return {};
}

// Little-endian FP32.
Result<void> check_floats(std::string_view bytes, std::string_view name) {
  if (bytes.empty() || bytes.size() % sizeof(float) != 0)
    return wrong(fmt::format("{} has {} bytes, no whole floats", name, bytes.size()));
  for (size_t at = 0; at < bytes.size(); at += sizeof(float)) {
    float value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    if (!std::isfinite(value)) return wrong(fmt::format("{} has what is no number", name));
  }
  return {};
}

// The elements that a shape counts; -1 where it is none, or is not one of a single text.
int64_t elements_of(const Json& shape) {
  const JsonArray* sizes = shape.if_array();
  if (sizes == nullptr || sizes->empty() || sizes->size() > 8) return -1;
  double product = 1;
  for (const Json& size : *sizes) product *= number_or(size, -1) >= 0 ? number_or(size, -1) : NAN;
  if (!(product >= 1 && product <= 1e9) || number_or(sizes->front(), 0) != 1) return -1;
  return static_cast<int64_t>(product);
}

Result<void> check_v2_tensor(const Json& output, std::string_view& bytes) {
  const std::string_view name = text_or(member(output, "name"), "an output");
  const std::string_view datatype = text_or(member(output, "datatype"), "");
  const int64_t elements = elements_of(member(output, "shape"));
  if (elements < 0) return wrong(fmt::format("{} has a shape that is none of one text", name));
  const Json& size = member(member(output, "parameters"), "binary_data_size");
  if (size.is_number()) {
    const double length = number_or(size, -1);
    if (!(length >= 0 && length <= static_cast<double>(bytes.size())))
      return wrong(fmt::format("{} says {} bytes, {} are left", name, length, bytes.size()));
    const std::string_view own = bytes.substr(0, static_cast<size_t>(length));
    bytes.remove_prefix(own.size());
    if (datatype != "FP32") return {};
    if (own.size() != static_cast<size_t>(elements) * sizeof(float))
      return wrong(fmt::format("{} has {} bytes for {} floats", name, own.size(), elements));
    return check_floats(own, name);
  }
  const JsonArray* data = member(output, "data").if_array();
  if (data == nullptr) return wrong(fmt::format("{} has no data", name));
  if (static_cast<int64_t>(data->size()) != elements)
    return wrong(fmt::format("{} has {} elements, its shape says {}", name, data->size(), elements));
  return datatype.starts_with("FP") ? check_numbers(member(output, "data"), name) : Result<void>{};
}

Result<void> check_v2(std::string_view body, size_t json_bytes) {
  if (json_bytes > body.size()) return wrong("Inference-Header-Content-Length is longer than the body");
  const auto json = parse_json(json_bytes == 0 ? body : body.substr(0, json_bytes));
  if (!json) return wrong("no JSON: " + json.error().text());
  std::string_view bytes = json_bytes == 0 ? std::string_view() : body.substr(json_bytes);
  const JsonArray* outputs = member(*json, "outputs").if_array();
  if (outputs == nullptr || outputs->empty()) return wrong("no outputs");
  for (const Json& output : *outputs) FOVEA_OK(check_v2_tensor(output, bytes));
  if (!bytes.empty()) return wrong(fmt::format("{} bytes belong to no output", bytes.size()));
  return {};
}

Result<void> check_openai(const Json& json, bool binary) {
  const JsonArray* data = member(json, "data").if_array();
  if (data == nullptr || data->size() != 1) return wrong("data is no array of one embedding");
  const Json& embedding = member(data->front(), "embedding");
  if (!binary) return check_numbers(embedding, "the embedding");
  const auto bytes = from_base64(text_or(embedding, "!"));
  if (!bytes) return wrong("the embedding is no base64");
  return check_floats(*bytes, "the embedding");
}

}  // namespace

Result<void> check_answer(Protocol protocol, bool binary, std::string_view body, size_t json_bytes) {
  if (protocol == Protocol::kV2) return check_v2(body, json_bytes);
  if (protocol == Protocol::kV2Grpc) return check_grpc_answer(body);
  const auto json = parse_json(body);
  if (!json) return wrong("no JSON: " + json.error().text());
  if (protocol == Protocol::kOpenAi) return check_openai(*json, binary);
  if (protocol == Protocol::kTei) {
    const JsonArray* rows = json->if_array();
    if (rows == nullptr || rows->size() != 1) return wrong("no array of one embedding");
    return check_numbers(rows->front(), "the embedding");
  }
  if (!json->is_object()) return wrong("no JSON object");
  return {};
}

}  // namespace fovea::load
