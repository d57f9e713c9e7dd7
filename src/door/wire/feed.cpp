#include "door/wire/feed.h"

#include <fmt/format.h>

#include <algorithm>

#include "door/wire/limits.h"
#include "door/wire/tensor_bytes.h"

namespace fovea::wire {

Result<inference::Feed> feed_of(InferRequest& request, const inference::ModelInfo& info) {
  inference::Feed feed;
  for (Tensor& each : request.inputs)
    feed.tensors.push_back(
        {std::move(each.name), each.datatype, std::move(each.shape), std::move(std::get<Raw>(each.values).bytes)});
  for (const WantedOutput& each : request.outputs) {
    const auto known = std::ranges::find(info.outputs, each.name, &inference::TensorSpec::name);
    if (known != info.outputs.end() && each.classes > 0 && known->datatype != Datatype::kFp32)
      return fail(Code::kInvalidArgument, "classification is of FP32", each.name);
    feed.wanted.push_back(each.name);
  }
  FOVEA_OK(inference::check_feed(feed.tensors, info.inputs, info.name));
  return feed;
}

Result<Tensor> raw_input(std::string_view body, const inference::ModelInfo& info) {
  if (info.inputs.size() != 1)
    return fail(Code::kInvalidArgument,
                fmt::format("a raw body is one tensor, model '{}' has {} inputs", info.name, info.inputs.size()),
                "Inference-Header-Content-Length", "send JSON, with binary tensors behind it");
  const inference::TensorSpec& spec = info.inputs.front();
  Tensor tensor{spec.name, spec.datatype, spec.shape, Raw{}};
  if (info.batch_max > 0 && !tensor.shape.empty()) tensor.shape[0] = 1;
  if (spec.datatype == Datatype::kBytes) {
    std::ranges::replace(tensor.shape, -1, 1);
    auto& bytes = std::get<Raw>(tensor.values).bytes;
    inference::append_element(body, bytes);
    FOVEA_OK(inference::check_elements({tensor.name, tensor.datatype, tensor.shape, bytes}));
    return tensor;
  }
  if (std::ranges::count(tensor.shape, -1) > 1)
    return fail(Code::kInvalidArgument,
                fmt::format("the shape {} does not follow from the size of a raw body", shape_text(spec.shape)),
                spec.name, "send JSON, with binary tensors behind it");
  std::vector<int64_t> fixed = tensor.shape;
  std::erase(fixed, -1);
  FOVEA_TRY(const size_t elements, elements_of(fixed, spec.name));
  const size_t row = elements * datatype_bytes(spec.datatype);
  if (fixed.size() != tensor.shape.size()) {
    if (row == 0 || body.size() % row != 0)
      return fail(Code::kInvalidArgument,
                  fmt::format("the body's {} bytes do not make the shape {}", body.size(), shape_text(spec.shape)),
                  spec.name);
    std::ranges::replace(tensor.shape, -1, static_cast<int64_t>(body.size() / row));
  }
  FOVEA_OK(read_raw(body, tensor));
  return tensor;
}

Result<std::vector<Tensor>> raw_outputs(const std::vector<WantedOutput>& wanted, const inference::Reply& reply) {
  if (reply.answers.size() != 1) return fail(Code::kInternal, "there is not one answer", reply.model->info.name);
  std::vector<Tensor> out;
  const std::vector<inference::Tensor>& tensors = reply.answers.front().tensors;
  const auto take = [&](const std::string& name) -> Result<void> {
    const auto found = std::ranges::find(tensors, name, &inference::Tensor::name);
    if (found == tensors.end()) return fail(Code::kInternal, "the answer lacks it", name);
    FOVEA_OK(inference::check_elements(*found));
    out.push_back({name, found->datatype, found->shape, Raw{found->bytes}});
    return {};
  };
  for (const WantedOutput& each : wanted) FOVEA_OK(take(each.name));
  if (wanted.empty())
    for (const inference::TensorSpec& each : reply.model->info.outputs) FOVEA_OK(take(each.name));
  return out;
}

}  // namespace fovea::wire
