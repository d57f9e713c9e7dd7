#include "door/grpc/infer_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "door/grpc/contents.h"
#include "door/grpc/limits.h"
#include "door/grpc/message.h"
#include "door/wire/classification.h"
#include "door/wire/feed.h"
#include "door/wire/infer_outputs.h"
#include "door/wire/tensor_bytes.h"
#include "serve/wire_grpc/v2_messages.h"

namespace fovea::rpc {
namespace {

using Request = ::inference::ModelInferRequest;
using Response = ::inference::ModelInferResponse;
using wire::Tensor;

// It lets Triton answer a request of a stream with nothing but its end; ours are answered once in any case.
constexpr std::string_view kEmptyFinal = "triton_enable_empty_final_response";

std::unexpected<Error> bad(std::string message, std::string where, std::string hint = {}) {
  return fail(Code::kInvalidArgument, std::move(message), std::move(where), std::move(hint));
}

Result<wire::Parameter> parameter_of(const std::string& name, const ::inference::InferParameter& from,
                                     const std::string& where) {
  switch (from.parameter_choice_case()) {
    case ::inference::InferParameter::kBoolParam:
      return from.bool_param();
    case ::inference::InferParameter::kInt64Param:
      return from.int64_param();
    case ::inference::InferParameter::kUint64Param:
      return from.uint64_param();
    case ::inference::InferParameter::kDoubleParam:
      return from.double_param();
    case ::inference::InferParameter::kStringParam:
      return from.string_param();
    case ::inference::InferParameter::PARAMETER_CHOICE_NOT_SET:
      break;
  }
  return bad(fmt::format("the parameter '{}' has no value", name.substr(0, 40)), where);
}

Result<void> check_name(const std::string& name, std::string_view what) {
  if (name.empty()) return bad(fmt::format("an element of '{}' has no name", what), std::string(what));
  if (name.size() > wire::kNameBytesMax) return bad("a name is too long", std::string(what));
  return {};
}

// `raw`: its raw_input_contents; null: they are in `contents`. `as_bytes`: of a model of tensors, which keeps the
// bytes.
Result<Tensor> read_input(Request::InferInputTensor& from, const std::string* raw, bool as_bytes) {
  Tensor tensor;
  FOVEA_OK(check_name(from.name(), "inputs"));
  tensor.name = std::move(*from.mutable_name());
  FOVEA_TRY(tensor.datatype, wire::datatype_of(from.datatype()));
  if (static_cast<size_t>(from.shape_size()) > wire::kDimensionsMax) {
    return bad(fmt::format("the shape has {} dimensions", from.shape_size()), tensor.name,
               fmt::format("at most {}", wire::kDimensionsMax));
  }
  tensor.shape.assign(from.shape().begin(), from.shape().end());
  FOVEA_TRY(const size_t elements, wire::elements_of(tensor.shape, tensor.name));
  for (const auto& [name, value] : from.parameters()) FOVEA_OK(wire::check_input_parameter(name, tensor.name));
  std::string listed;
  if (!raw) {
    FOVEA_TRY(listed, bytes_of_contents(from.contents(), elements, tensor));
    raw = &listed;
  } else if (elements_in(from.contents()) != 0) {
    return bad("has contents, and raw_input_contents besides", tensor.name, "one of the two for all inputs");
  }
  FOVEA_OK(as_bytes ? wire::read_raw(*raw, tensor) : wire::read_elements(*raw, elements, tensor));
  return tensor;
}

Result<wire::WantedOutput> read_output(const Request::InferRequestedOutputTensor& from) {
  FOVEA_OK(check_name(from.name(), "outputs"));
  wire::WantedOutput out{from.name(), {}, 0};
  for (const auto& [name, value] : from.parameters()) {
    FOVEA_TRY(const wire::Parameter parameter, parameter_of(name, value, out.name));
    FOVEA_OK(wire::take_output_parameter(name, parameter, out));
  }
  return out;
}

Result<void> check_counts(const Request& from) {
  for (const auto& [count, what] : {std::pair{from.inputs_size(), "inputs"}, {from.outputs_size(), "outputs"}}) {
    if (static_cast<size_t>(count) <= wire::kTensorsMax) continue;
    return bad(fmt::format("'{}' has {} elements", what, count), what, fmt::format("at most {}", wire::kTensorsMax));
  }
  if (from.raw_input_contents_size() != 0 && from.raw_input_contents_size() != from.inputs_size()) {
    return bad(fmt::format("has {} elements, there are {} inputs", from.raw_input_contents_size(), from.inputs_size()),
               "raw_input_contents", "one for each input, in their order");
  }
  return {};
}

template <typename T, typename List>
void fill(const std::vector<T>& values, List& out) {
  out.Add(values.begin(), values.end());
}

void write_contents(const Tensor& tensor, ::inference::InferTensorContents& out) {
  if (const auto* raw = std::get_if<wire::Raw>(&tensor.values))
    return contents_of_bytes(raw->bytes, tensor.datatype, out);
  if (const auto* floats = std::get_if<std::vector<float>>(&tensor.values)) {
    return fill(*floats, *out.mutable_fp32_contents());
  }
  if (const auto* numbers = std::get_if<std::vector<int64_t>>(&tensor.values)) {
    return fill(*numbers, *out.mutable_int64_contents());
  }
  for (const std::string& each : std::get<std::vector<std::string>>(tensor.values)) out.add_bytes_contents(each);
}

Result<void> fill_response(const InferMessage& asked, const inference::Reply& reply, int64_t padded, Response& out) {
  const inference::ModelInfo& model = reply.model->info;
  const auto& wanted = asked.request.outputs;
  FOVEA_TRY(std::vector<Tensor> tensors, wire::output_tensors(wanted, reply, padded));
  out.set_id(asked.request.id);
  out.set_model_name(model.name);
  out.set_model_version(model.version);
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (i < wanted.size() && wanted[i].classes > 0) {
      tensors[i] = wire::classified(tensors[i], wanted[i].classes, model);
    }
  }
  const bool typed = asked.typed && std::ranges::none_of(tensors, has_no_list, &Tensor::datatype);
  for (size_t i = 0; i < tensors.size(); ++i) {
    auto& tensor = *out.add_outputs();
    tensor.set_name(tensors[i].name);
    tensor.set_datatype(std::string(wire::datatype_name(tensors[i].datatype)));
    for (const int64_t each : tensors[i].shape) tensor.add_shape(each);
    if (typed) {
      write_contents(tensors[i], *tensor.mutable_contents());
    } else {
      std::string& raw = *out.add_raw_output_contents();
      raw.reserve(wire::element_bytes(tensors[i]));
      wire::append_elements(tensors[i], raw);
    }
  }
  return {};
}

}  // namespace

Result<InferMessage> read_infer_message(std::string_view bytes, const FindModel& find) {
  FOVEA_TRY(auto from, read_message<Request>(bytes));
  InferMessage out;
  FOVEA_TRY(out.model, find(from.model_name(), from.model_version()));
  out.version = from.model_version();
  FOVEA_OK(check_counts(from));
  const bool as_bytes = wire::takes_tensors(out.model->info);
  out.request.id = std::move(*from.mutable_id());
  for (const auto& [name, value] : from.parameters()) {
    if (name == kEmptyFinal) continue;
    FOVEA_TRY(const wire::Parameter parameter, parameter_of(name, value, "parameters"));
    FOVEA_OK(wire::take_parameter(name, parameter, out.request));
  }
  out.typed = from.raw_input_contents_size() == 0;
  for (int i = 0; i < from.inputs_size(); ++i) {
    FOVEA_TRY(Tensor tensor,
              read_input(*from.mutable_inputs(i), out.typed ? nullptr : &from.raw_input_contents(i), as_bytes));
    out.request.inputs.push_back(std::move(tensor));
  }
  for (const auto& each : from.outputs()) {
    FOVEA_TRY(wire::WantedOutput wanted, read_output(each));
    out.request.outputs.push_back(std::move(wanted));
  }
  FOVEA_OK(wire::check_names(out.request));
  return out;
}

Result<std::string> write_infer_message(const InferMessage& asked, const inference::Reply& reply, int64_t padded,
                                        Form form) {
  if (form == Form::kStreamResponse) {
    ::inference::ModelStreamInferResponse out;
    FOVEA_OK(fill_response(asked, reply, padded, *out.mutable_infer_response()));
    return write_message(out);
  }
  Response out;
  FOVEA_OK(fill_response(asked, reply, padded, out));
  return write_message(out);
}

std::string stream_refusal(const Ending& ending, std::string_view request_bytes) {
  ::inference::ModelStreamInferResponse out;
  out.set_error_message(repair_utf8(ending.error ? ending.error->text() : "no answer"));
  if (const auto request = read_message<Request>(request_bytes)) {
    out.mutable_infer_response()->set_id(request->id());
    out.mutable_infer_response()->set_model_name(request->model_name());
    out.mutable_infer_response()->set_model_version(request->model_version());
  }
  return write_message(out);
}

}  // namespace fovea::rpc
