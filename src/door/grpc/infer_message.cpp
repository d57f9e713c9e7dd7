#include "door/grpc/infer_message.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "base/utf8.h"
#include "door/grpc/limits.h"
#include "door/grpc/message.h"
#include "door/wire/classification.h"
#include "door/wire/infer_outputs.h"
#include "door/wire/tensor_bytes.h"
#include "serve/wire_grpc/v2_messages.h"

namespace fovea::rpc {
namespace {

using Request = ::inference::ModelInferRequest;
using Response = ::inference::ModelInferResponse;
using wire::Datatype;
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

template <typename T, typename List>
Result<void> take_numbers(const List& list, Tensor& tensor) {
  std::vector<int64_t> numbers;
  numbers.reserve(static_cast<size_t>(list.size()));
  for (const auto each : list) {
    if (!std::in_range<T>(each) || !std::in_range<int64_t>(each)) {
      return bad(fmt::format("{} is no {}", each, wire::datatype_name(tensor.datatype)), tensor.name);
    }
    numbers.push_back(static_cast<int64_t>(each));
  }
  tensor.values = std::move(numbers);
  return {};
}

int elements_given(const ::inference::InferTensorContents& from) {
  return from.bool_contents_size() + from.int_contents_size() + from.int64_contents_size() + from.uint_contents_size() +
         from.uint64_contents_size() + from.fp32_contents_size() + from.fp64_contents_size() +
         from.bytes_contents_size();
}

Result<void> take_list(::inference::InferTensorContents& from, Tensor& tensor) {
  switch (tensor.datatype) {
    case Datatype::kBytes: {
      std::vector<std::string> texts;
      texts.reserve(static_cast<size_t>(from.bytes_contents_size()));
      for (std::string& each : *from.mutable_bytes_contents()) texts.push_back(std::move(each));
      tensor.values = std::move(texts);
      return {};
    }
    case Datatype::kInt8:
      return take_numbers<int8_t>(from.int_contents(), tensor);
    case Datatype::kInt16:
      return take_numbers<int16_t>(from.int_contents(), tensor);
    case Datatype::kInt32:
      return take_numbers<int32_t>(from.int_contents(), tensor);
    case Datatype::kInt64:
      return take_numbers<int64_t>(from.int64_contents(), tensor);
    case Datatype::kUint8:
      return take_numbers<uint8_t>(from.uint_contents(), tensor);
    case Datatype::kUint16:
      return take_numbers<uint16_t>(from.uint_contents(), tensor);
    case Datatype::kUint32:
      return take_numbers<uint32_t>(from.uint_contents(), tensor);
    case Datatype::kUint64:
      return take_numbers<uint64_t>(from.uint64_contents(), tensor);
    default:
      return bad(fmt::format("no input is {}", wire::datatype_name(tensor.datatype)), tensor.name);
  }
}

// Of the list that belongs to the datatype, as many elements as the shape has; no other list has any.
Result<void> take_contents(::inference::InferTensorContents& from, size_t elements, Tensor& tensor) {
  const auto given = static_cast<size_t>(elements_given(from));
  FOVEA_OK(take_list(from, tensor));
  const size_t taken = std::visit([](const auto& values) { return values.size(); }, tensor.values);
  if (taken != given) {
    return bad(fmt::format("has elements of another datatype than {}", wire::datatype_name(tensor.datatype)),
               tensor.name);
  }
  if (taken != elements) {
    return bad(fmt::format("has {} elements, its shape {} has {}", taken, wire::shape_text(tensor.shape), elements),
               tensor.name);
  }
  return {};
}

Result<Tensor> read_input(Request::InferInputTensor& from, const std::string* raw) {
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
  if (!raw) {
    FOVEA_OK(take_contents(*from.mutable_contents(), elements, tensor));
    return tensor;
  }
  if (elements_given(from.contents()) != 0) {
    return bad("has contents, and raw_input_contents besides", tensor.name, "one of the two for all inputs");
  }
  FOVEA_OK(wire::read_elements(*raw, elements, tensor));
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
    auto& tensor = *out.add_outputs();
    tensor.set_name(tensors[i].name);
    tensor.set_datatype(std::string(wire::datatype_name(tensors[i].datatype)));
    for (const int64_t each : tensors[i].shape) tensor.add_shape(each);
    if (asked.typed) {
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

Result<InferMessage> read_infer_message(std::string_view bytes) {
  FOVEA_TRY(auto from, read_message<Request>(bytes));
  FOVEA_OK(check_counts(from));
  InferMessage out{std::move(*from.mutable_model_name()), std::move(*from.mutable_model_version()), {}, false};
  out.request.id = std::move(*from.mutable_id());
  for (const auto& [name, value] : from.parameters()) {
    if (name == kEmptyFinal) continue;
    FOVEA_TRY(const wire::Parameter parameter, parameter_of(name, value, "parameters"));
    FOVEA_OK(wire::take_parameter(name, parameter, out.request));
  }
  out.typed = from.raw_input_contents_size() == 0;
  for (int i = 0; i < from.inputs_size(); ++i) {
    FOVEA_TRY(Tensor tensor, read_input(*from.mutable_inputs(i), out.typed ? nullptr : &from.raw_input_contents(i)));
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
