#include "door/inference/instances.h"

#include <fmt/format.h>

#include "door/inference/entities.h"
#include "door/inference/tensor_json.h"
#include "door/wire/infer_inputs.h"
#include "door/wire/infer_outputs.h"
#include "door/wire/scores.h"

namespace fovea::wire {
namespace {

using inference::Task;
using Texts = std::vector<inference::Text>;

Result<inference::Text> text_instance(const Json& value, std::string_view name, const inference::Model& model) {
  if (const auto* text = value.if_string()) return inference::Text{std::string(text->data(), text->size()), {}, false};
  if (!value.is_object()) {
    return fail(Code::kInvalidArgument, "has an element that is neither a text nor an object", std::string(name),
                R"("a text", or {"text": "a text"})");
  }
  FOVEA_TRY(std::string first, text_field(value, "text"));
  FOVEA_TRY(std::string second, text_field_or(value, "text_pair", ""));
  const bool pair = !member(value, "text_pair").is_null();
  if (pair && !model.info.pairs) {
    return fail(Code::kInvalidArgument, "the model reads no pairs of texts", std::string(name));
  }
  return inference::Text{std::move(first), std::move(second), pair};
}

std::string prediction(const inference::ModelInfo& info, const inference::Answer& answer, std::string_view text) {
  std::string out;
  switch (info.task) {
    case Task::kEmbedding:
      append_numbers(answer.values, out);
      return out;
    case Task::kScore:
      append_number(sigmoid(answer.values[0]), out);
      return out;
    case Task::kTokenClassification:
      return entities_text(info, answer, text, false);
    case Task::kClassification:
    case Task::kTensors:
      break;
  }
  const std::vector<float> probabilities = probabilities_of(answer.values);
  const size_t best = greatest(probabilities, 1)[0];
  out = R"({"label":)" + quoted_text(label_of(info.labels, best)) + R"(,"score":)";
  append_number(probabilities[best], out);
  out += R"(,"probabilities":)";
  append_numbers(probabilities, out);
  return out + "}";
}

}  // namespace

Result<Inputs> instances_in(const Json& value, std::string_view name, const inference::Model& model) {
  const auto* array = value.if_array();
  if (!array) return fail(Code::kInvalidArgument, "is missing, or no array", std::string(name));
  FOVEA_OK(check_count(array->size()));
  const Json& first = array->front();
  if (first.is_array() || !member(first, "input_ids").is_null()) {
    JsonArray rows;
    for (const Json& each : *array) rows.push_back(each.is_object() ? member(each, "input_ids") : each);
    return inputs_in(Json(std::move(rows)), name, model);
  }
  if (!model.reads_texts()) {
    return fail(Code::kInvalidArgument, "the model reads token ids only", std::string(name));
  }
  Texts out;
  for (const Json& each : *array) {
    FOVEA_TRY(inference::Text text, text_instance(each, name, model));
    if (model.info.task == Task::kScore && !text.pair) {
      return fail(Code::kInvalidArgument, "the model scores pairs of texts", std::string(name),
                  R"({"text": "a", "text_pair": "b"})");
    }
    out.push_back(std::move(text));
  }
  return Inputs(std::move(out));
}

Result<std::string> predictions_text(const inference::Reply& reply, const Inputs& inputs) {
  FOVEA_OK(check_answers(reply));
  const auto* texts = std::get_if<Texts>(&inputs);
  std::string out = R"({"predictions":[)";
  for (size_t i = 0; i < reply.answers.size(); ++i) {
    const inference::Answer& answer = reply.answers[i];
    if (!all_finite(answer.values)) return fail(Code::kInternal, "the model's answer is not a finite number");
    if (i != 0) out += ',';
    out += prediction(reply.model->info, answer, texts && i < texts->size() ? (*texts)[i].first : "");
  }
  return out + "]}";
}

void predict(const ExchangePtr& exchange, const ModelPtr& model, Inputs inputs) {
  inference::Call call;
  call.model = model->info.name;
  call.priority = exchange->caller.priority;
  Inputs kept;  // entities show the words of the texts
  if (model->info.task == Task::kTokenClassification) kept = inputs;
  call.inputs = std::move(inputs);
  exchange->submit(std::move(call), [kept = std::move(kept)](const inference::Reply& reply) -> Result<http::Response> {
    FOVEA_TRY(std::string body, predictions_text(reply, kept));
    return http::Response{200, "application/json", std::move(body), {}};
  });
}

}  // namespace fovea::wire
