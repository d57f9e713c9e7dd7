#include "door/load/grpc_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "serve/wire_grpc/v2_messages.h"

namespace fovea::load {
namespace {

std::unexpected<Error> wrong(std::string message) {
  return fail(Code::kInternal, "a wrong answer: " + std::move(message));
}

// Of one text; 0: it is none.
size_t elements_of(const ::inference::ModelInferResponse::InferOutputTensor& output) {
  if (output.shape_size() == 0 || output.shape_size() > 8 || output.shape(0) != 1) return 0;
  double product = 1;
  for (const int64_t each : output.shape()) product *= each > 0 ? static_cast<double>(each) : 0;
  return product <= 1e9 ? static_cast<size_t>(product) : 0;
}

Result<void> check_finite(const std::vector<float>& values, const std::string& name) {
  if (std::ranges::all_of(values, [](float each) { return std::isfinite(each); })) return {};
  return wrong(fmt::format("{} has what is no number", name));
}

}  // namespace

std::string grpc_request(const RequestForm& form, const std::string& text) {
  ::inference::ModelInferRequest request;
  request.set_model_name(form.model);
  auto& input = *request.add_inputs();
  input.set_name(form.input);
  input.set_datatype("BYTES");
  input.add_shape(1);
  if (form.batched) input.add_shape(1);
  if (!form.binary) {
    input.mutable_contents()->add_bytes_contents(text);
    return request.SerializeAsString();
  }
  const auto length = static_cast<uint32_t>(text.size());
  request.add_raw_input_contents(std::string(reinterpret_cast<const char*>(&length), sizeof length) + text);
  return request.SerializeAsString();
}

Result<void> check_grpc_answer(std::string_view bytes) {
  ::inference::ModelInferResponse response;
  if (!response.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return wrong("no ModelInferResponse");
  if (response.outputs_size() == 0) return wrong("no outputs");
  const bool raw = response.raw_output_contents_size() != 0;
  if (raw && response.raw_output_contents_size() != response.outputs_size()) {
    return wrong(fmt::format("{} outputs, {} contents", response.outputs_size(), response.raw_output_contents_size()));
  }
  for (int i = 0; i < response.outputs_size(); ++i) {
    const auto& output = response.outputs(i);
    const size_t elements = elements_of(output);
    if (elements == 0) return wrong(fmt::format("{} has a shape that is none of one text", output.name()));
    if (output.datatype() != "FP32") continue;
    std::vector<float> values(output.contents().fp32_contents().begin(), output.contents().fp32_contents().end());
    if (raw) {
      const std::string& own = response.raw_output_contents(i);
      values.resize(own.size() / sizeof(float));
      std::memcpy(values.data(), own.data(), values.size() * sizeof(float));
    }
    if (values.size() != elements) {
      return wrong(fmt::format("{} has {} elements, its shape says {}", output.name(), values.size(), elements));
    }
    FOVEA_OK(check_finite(values, output.name()));
  }
  return {};
}

}  // namespace fovea::load
