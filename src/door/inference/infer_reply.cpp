#include "door/inference/infer_reply.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "door/inference/raw_elements.h"
#include "door/inference/tensor_json.h"
#include "door/wire/classification.h"
#include "door/wire/infer_outputs.h"
#include "door/wire/tensor_bytes.h"

namespace fovea::wire {
namespace {

std::string quoted(const std::string& text) {
  return quoted_text(is_utf8(text) ? text : repair_utf8(text));
}

Result<void> append_tensor(const Tensor& tensor, bool binary, std::string& json, std::string& bytes) {
  json += fmt::format(R"({{"name":{},"datatype":"{}","shape":{})", quoted(tensor.name), datatype_name(tensor.datatype),
                      shape_text(tensor.shape));
  if (binary) {
    json += fmt::format(R"(,"parameters":{{"binary_data_size":{}}}}})", element_bytes(tensor));
    append_elements(tensor, bytes);
    return {};
  }
  json += R"(,"data":)";
  FOVEA_OK(std::holds_alternative<Raw>(tensor.values) ? append_raw_json(tensor, json)
                                                      : append_json_elements(tensor, json));
  json += '}';
  return {};
}

}  // namespace

Result<InferReply> infer_reply(const InferRequest& request, const inference::Reply& reply, int64_t padded) {
  const inference::ModelInfo& model = reply.model->info;
  FOVEA_TRY(std::vector<Tensor> tensors, output_tensors(request.outputs, reply, padded));
  std::string json = "{", bytes;
  if (!request.id.empty()) json += fmt::format(R"("id":{},)", quoted(request.id));
  json += fmt::format(R"("model_name":{},"model_version":{},"outputs":[)", quoted(model.name), quoted(model.version));
  bool any_binary = false;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const WantedOutput* wanted = request.outputs.empty() ? nullptr : &request.outputs[i];
    if (wanted && wanted->classes > 0) tensors[i] = classified(tensors[i], wanted->classes, model);
    const bool binary = wanted ? wanted->binary.value_or(request.binary) : request.binary;
    any_binary = any_binary || binary;
    if (i != 0) json += ',';
    FOVEA_OK(append_tensor(tensors[i], binary, json, bytes));
  }
  json += "]}";
  InferReply out;
  if (any_binary) out.json_bytes = json.size();
  out.body = std::move(json) + bytes;
  return out;
}

}  // namespace fovea::wire
