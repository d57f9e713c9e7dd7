#include "door/inference/infer_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/json_reader.h"
#include "door/inference/limits.h"
#include "door/inference/raw_elements.h"
#include "door/inference/tensor_json.h"
#include "door/wire/feed.h"
#include "door/wire/tensor_bytes.h"

namespace fovea::wire {
namespace {

constexpr std::string_view kText = "text";

std::unexpected<Error> bad(std::string message, std::string where, std::string hint = {}) {
  return fail(Code::kInvalidArgument, std::move(message), std::move(where), std::move(hint));
}

Result<std::string> name_in(const Json& from, std::string_view what) {
  const std::string_view name = text_or(member(from, "name"), "");
  if (name.empty()) return bad(fmt::format("an element of '{}' has no name", what), std::string(what));
  if (name.size() > kNameBytesMax) return bad("a name is too long", std::string(what));
  return std::string(name);
}

// A parameter that is an object's member; nullptr: not there. Parameters are true, false, numbers and strings.
Result<const JsonObject*> parameters_of(const Json& from, const std::string& where) {
  const Json& parameters = member(from, "parameters");
  if (parameters.is_null()) return nullptr;
  const auto* object = parameters.if_object();
  if (!object) return bad("'parameters' is no object", where);
  for (const auto& each : *object) {
    if (each.value().is_structured() || each.value().is_null()) {
      return bad(fmt::format("the parameter '{}' is no number, string, true or false",
                             std::string_view(each.key()).substr(0, 40)),
                 where);
    }
  }
  return object;
}

// REQUIRES: parameters_of() let it pass.
Parameter parameter_of(const Json& value) {
  if (const bool* given = value.if_bool()) return *given;
  if (const int64_t* number = value.if_int64()) return *number;
  if (const uint64_t* number = value.if_uint64()) return *number;
  if (value.is_double()) return value.get_double();
  return std::string(text_or(value, ""));
}

Result<void> read_request_parameters(const Json& json, InferRequest& out) {
  FOVEA_TRY(const JsonObject* parameters, parameters_of(json, "parameters"));
  if (!parameters) return {};
  for (const auto& each : *parameters) FOVEA_OK(take_parameter(each.key(), parameter_of(each.value()), out));
  return {};
}

Result<std::vector<int64_t>> read_shape(const Json& from, const std::string& name) {
  const auto* array = member(from, "shape").if_array();
  if (!array) return bad("has no shape", name, "\"shape\": [1]");
  if (array->size() > kDimensionsMax) {
    return bad(fmt::format("the shape has {} dimensions", array->size()), name,
               fmt::format("at most {}", kDimensionsMax));
  }
  std::vector<int64_t> shape;
  for (const Json& each : *array) {
    const int64_t* number = each.if_int64();
    if (!number) return bad("a dimension is no whole number", name);
    shape.push_back(*number);
  }
  return shape;
}

// Takes the tensor's part off the front of `binary`.
Result<Tensor> read_input(const Json& from, std::string_view& binary, bool raw) {
  Tensor tensor;
  FOVEA_TRY(tensor.name, name_in(from, "inputs"));
  FOVEA_TRY(tensor.datatype, datatype_of(text_or(member(from, "datatype"), "")));
  FOVEA_TRY(tensor.shape, read_shape(from, tensor.name));
  FOVEA_TRY(const size_t elements, elements_of(tensor.shape, tensor.name));
  FOVEA_TRY(const JsonObject* parameters, parameters_of(from, tensor.name));
  const Json* size = parameters ? parameters->if_contains("binary_data_size") : nullptr;
  if (parameters) {
    for (const auto& each : *parameters) FOVEA_OK(check_input_parameter(each.key(), tensor.name));
  }
  if (!size) {
    const Json& data = member(from, "data");
    FOVEA_OK(raw ? read_raw_json(data, elements, tensor) : read_json_elements(data, elements, tensor));
    return tensor;
  }
  if (!member(from, "data").is_null()) return bad("has both data and a binary_data_size", tensor.name);
  FOVEA_TRY(const uint64_t bytes, count_of(parameter_of(*size), "binary_data_size", tensor.name));
  if (bytes > binary.size()) {
    return bad(fmt::format("its binary_data_size is {}, the body has {} bytes left", bytes, binary.size()),
               tensor.name);
  }
  const std::string_view own = binary.substr(0, bytes);
  FOVEA_OK(raw ? read_raw(own, tensor) : read_elements(own, elements, tensor));
  binary.remove_prefix(bytes);
  return tensor;
}

Result<WantedOutput> read_output(const Json& from) {
  WantedOutput out;
  FOVEA_TRY(out.name, name_in(from, "outputs"));
  FOVEA_TRY(const JsonObject* parameters, parameters_of(from, out.name));
  if (!parameters) return out;
  for (const auto& each : *parameters) FOVEA_OK(take_output_parameter(each.key(), parameter_of(each.value()), out));
  return out;
}

Result<const JsonArray*> list(const Json& json, std::string_view name) {
  const Json& value = member(json, name);
  if (value.is_null()) return nullptr;
  const auto* array = value.if_array();
  if (!array) return bad(fmt::format("'{}' is no array", name), std::string(name));
  if (array->size() > kTensorsMax) {
    return bad(fmt::format("'{}' has {} elements", name, array->size()), std::string(name),
               fmt::format("at most {}", kTensorsMax));
  }
  return array;
}

// The whole body is the one element of the one input.
Result<InferRequest> raw_request(std::string_view body, const inference::ModelInfo& model) {
  InferRequest out;
  out.binary = true;
  if (takes_tensors(model)) {
    FOVEA_TRY(Tensor tensor, raw_input(body, model));
    out.inputs.push_back(std::move(tensor));
    return out;
  }
  out.inputs.push_back({std::string(kText), Datatype::kBytes, {1}, std::vector<std::string>{std::string(body)}});
  return out;
}

}  // namespace

Result<InferRequest> read_infer_request(std::string_view body, std::optional<size_t> json_bytes,
                                        const inference::ModelInfo& model) {
  if (json_bytes == 0) return raw_request(body, model);
  if (json_bytes.value_or(0) > body.size()) {
    return bad(fmt::format("says {}, the body has {} bytes", *json_bytes, body.size()),
               "Inference-Header-Content-Length");
  }
  FOVEA_TRY(const Json json, parse_json_within(body.substr(0, json_bytes.value_or(body.size())), kJsonValuesMax));
  if (!json.is_object()) return bad("the request is no JSON object", "body");
  std::string_view binary = json_bytes ? body.substr(*json_bytes) : std::string_view();
  InferRequest out;
  if (const Json& id = member(json, "id"); !id.is_null()) {
    if (!id.is_string()) return bad("is no string", "id");
    out.id = text_or(id, "");
  }
  FOVEA_OK(read_request_parameters(json, out));
  FOVEA_TRY(const JsonArray* inputs, list(json, "inputs"));
  if (!inputs || inputs->empty()) return bad("the request has no inputs", "inputs");
  for (const Json& each : *inputs) {
    FOVEA_TRY(Tensor tensor, read_input(each, binary, takes_tensors(model)));
    out.inputs.push_back(std::move(tensor));
  }
  if (!binary.empty()) {
    return bad(fmt::format("{} bytes after the last tensor", binary.size()), "body", "see each binary_data_size");
  }
  FOVEA_TRY(const JsonArray* outputs, list(json, "outputs"));
  if (outputs) {
    for (const Json& each : *outputs) {
      FOVEA_TRY(WantedOutput wanted, read_output(each));
      out.outputs.push_back(std::move(wanted));
    }
  }
  FOVEA_OK(check_names(out));
  return out;
}

}  // namespace fovea::wire
