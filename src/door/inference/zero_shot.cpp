#include "door/inference/zero_shot.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "door/inference/fields.h"
#include "door/inference/header_text.h"
#include "door/inference/tensor_json.h"
#include "door/wire/infer_outputs.h"
#include "door/wire/scores.h"

namespace fovea::wire {
namespace {

constexpr std::string_view kBlank = "{}";

std::optional<size_t> label_index(const inference::ModelInfo& info, std::string_view name) {
  for (size_t i = 0; i < info.labels.size(); ++i) {
    if (same_text(info.labels[i], name)) return i;
  }
  return std::nullopt;
}

// One label of several is right: softmax over the labels' entailment. Each on its own: against its contradiction.
std::vector<float> label_scores(const inference::Reply& reply, size_t entails, size_t contradicts, bool each_alone) {
  std::vector<float> logits;
  for (const inference::Answer& each : reply.answers) logits.push_back(each.values[entails]);
  if (!each_alone && logits.size() > 1) return probabilities_of(logits);
  std::vector<float> out;
  for (const inference::Answer& each : reply.answers) {
    const float two[] = {each.values[entails], each.values[contradicts]};
    out.push_back(probabilities_of(two)[0]);
  }
  return out;
}

}  // namespace

Result<void> zero_shot(const ExchangePtr& exchange, const Json& body, const ModelPtr& model) {
  const Json& parameters = member(body, "parameters");
  const auto entails = label_index(model->info, "entailment"), contradicts = label_index(model->info, "contradiction");
  if (!entails || !contradicts || !model->info.pairs) {
    return fail(Code::kInvalidArgument, fmt::format("the model '{}' knows no entailment", model->info.name),
                "candidate_labels", "zero-shot labels need a model that was trained on it");
  }
  FOVEA_TRY(const std::vector<std::string> labels, texts_field(parameters, "candidate_labels"));
  FOVEA_TRY(const std::string form, text_field_or(parameters, "hypothesis_template", "This example is {}."));
  FOVEA_TRY(const bool each_alone, flag_field(parameters, "multi_label", false));
  FOVEA_TRY(const std::string text, text_field(body, "inputs"));
  const size_t blank = form.find(kBlank);
  if (blank == std::string::npos) {
    return fail(Code::kInvalidArgument, "has no {} for the label", "hypothesis_template");
  }
  std::vector<inference::Text> pairs;
  for (const std::string& each : labels) {
    std::string hypothesis = form;
    pairs.push_back({text, hypothesis.replace(blank, kBlank.size(), each), true});
  }
  inference::Call call;
  call.model = model->info.name;
  call.priority = exchange->caller.priority;
  call.inputs = std::move(pairs);
  exchange->submit(std::move(call),
                   [labels, entails = *entails, contradicts = *contradicts,
                    each_alone](const inference::Reply& reply) -> Result<http::Response> {
                     FOVEA_OK(check_answers(reply));
                     const std::vector<float> scores = label_scores(reply, entails, contradicts, each_alone);
                     if (!all_finite(scores)) return fail(Code::kInternal, "the model's answer is not a finite number");
                     std::string out;
                     for (const size_t index : greatest(scores, scores.size())) {
                       out += fmt::format(R"({}{{"label":{},"score":)", out.empty() ? "[" : ",",
                                          quoted_text(labels[index]));
                       append_number(scores[index], out);
                       out += '}';
                     }
                     return http::Response{200, "application/json", out + "]", {}};
                   });
  return {};
}

}  // namespace fovea::wire
