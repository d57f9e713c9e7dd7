#include "door/inference/huggingface_api.h"

#include <fmt/format.h>

#include "door/inference/entities.h"
#include "door/inference/fields.h"
#include "door/inference/limits.h"
#include "door/inference/tei_api.h"
#include "door/inference/tensor_json.h"
#include "door/inference/zero_shot.h"
#include "door/wire/infer_outputs.h"
#include "door/wire/scores.h"

namespace fovea::wire {
namespace {

using inference::Reply;
using inference::Task;
using Texts = std::vector<inference::Text>;

std::unexpected<Error> bad(std::string message, std::string where, std::string hint = {}) {
  return fail(Code::kInvalidArgument, std::move(message), std::move(where), std::move(hint));
}

template <typename Write>
void send(const ExchangePtr& exchange, const ModelPtr& model, Inputs inputs, Write write) {
  inference::Call call;
  call.model = model->info.name;
  call.priority = exchange->caller.priority;
  call.inputs = std::move(inputs);
  exchange->submit(std::move(call), [write = std::move(write)](const Reply& reply) -> Result<http::Response> {
    FOVEA_OK(check_answers(reply));
    for (const inference::Answer& each : reply.answers) {
      if (!all_finite(each.values)) return fail(Code::kInternal, "the model's answer is not a finite number");
    }
    FOVEA_TRY(std::string body, write(reply));
    return http::Response{200, "application/json", std::move(body), {}};
  });
}

Result<void> features(const ExchangePtr& exchange, const Json& body, const ModelPtr& model) {
  const Json& inputs = member(body, "inputs");
  if (inputs.is_object()) {
    FOVEA_TRY(std::string source, text_field(inputs, "source_sentence"));
    FOVEA_TRY(std::vector<std::string> sentences, texts_field(inputs, "sentences"));
    sentences.insert(sentences.begin(), std::move(source));
    send(exchange, model, as_texts(std::move(sentences)), similarities_text);
    return {};
  }
  const Json& parameters = member(body, "parameters");
  FOVEA_TRY(const bool normalize, flag_field(parameters, "normalize", false));
  FOVEA_TRY(Inputs read, inputs_in(inputs, "inputs", *model));
  send(exchange, model, std::move(read),
       [normalize](const Reply& reply) { return embeddings_text(reply, normalize, 0); });
  return {};
}

// A text, a pair {"text","text_pair"}, or an array of these.
Result<Texts> classified_texts(const Json& inputs, const inference::Model& model) {
  Texts out;
  const auto add = [&](const Json& value) -> Result<void> {
    if (const auto* text = value.if_string()) {
      out.push_back({std::string(text->data(), text->size()), {}, false});
      return {};
    }
    if (!value.is_object()) return bad("is neither a text nor {\"text\", \"text_pair\"}", "inputs");
    FOVEA_TRY(std::string first, text_field(value, "text"));
    FOVEA_TRY(std::string second, text_field_or(value, "text_pair", ""));
    const bool pair = !member(value, "text_pair").is_null();
    if (pair && !model.info.pairs) return bad("the model reads no pairs of texts", "inputs");
    out.push_back({std::move(first), std::move(second), pair});
    return {};
  };
  if (const auto* array = inputs.if_array()) {
    if (array->empty() || array->size() > kInputsMax) {
      return bad(fmt::format("has {} texts", array->size()), "inputs", fmt::format("1 to {}", kInputsMax));
    }
    for (const Json& each : *array) FOVEA_OK(add(each));
  } else {
    FOVEA_OK(add(inputs));
  }
  if (model.info.task == Task::kScore && !out.front().pair) return bad("the model scores pairs", "inputs");
  return out;
}

Result<void> labels(const ExchangePtr& exchange, const Json& body, const ModelPtr& model) {
  const Json& parameters = member(body, "parameters");
  if (!member(parameters, "candidate_labels").is_null()) return zero_shot(exchange, body, model);
  FOVEA_TRY(const auto top, number_field(parameters, "top_k", 1, INT32_MAX));
  FOVEA_TRY(const std::string function, text_field_or(parameters, "function_to_apply", "softmax"));
  if (function != "softmax" && function != "none" && function != "sigmoid") {
    return bad("is neither softmax, sigmoid nor none", "function_to_apply");
  }
  FOVEA_TRY(Texts texts, classified_texts(member(body, "inputs"), *model));
  const auto count = static_cast<size_t>(top.value_or(INT32_MAX));
  send(exchange, model, std::move(texts), [function, count](const Reply& reply) -> Result<std::string> {
    std::string out;
    for (const inference::Answer& each : reply.answers) {
      std::vector<float> values = each.values;
      if (function == "sigmoid") {
        for (float& value : values) value = sigmoid(value);
      }
      out += (out.empty() ? "[" : ",") + labels_text(reply.model->info, values, function != "softmax", count);
    }
    return out + "]";
  });
  return {};
}

Result<void> entities(const ExchangePtr& exchange, const Json& body, const ModelPtr& model) {
  const Json& inputs = member(body, "inputs");
  FOVEA_TRY(const std::string strategy, text_field_or(member(body, "parameters"), "aggregation_strategy", "simple"));
  if (strategy != "simple" && strategy != "none") {
    return bad("is neither 'simple' nor 'none'", "aggregation_strategy");
  }
  FOVEA_TRY(Inputs read, inputs_in(inputs, "inputs", *model));
  const auto* given = std::get_if<Texts>(&read);
  if (!given) return bad("has token ids; entities are parts of texts", "inputs");
  const bool many = inputs.is_array();
  send(exchange, model, read,
       [texts = *given, many, simple = strategy == "simple"](const Reply& reply) -> Result<std::string> {
         std::string out;
         for (size_t i = 0; i < reply.answers.size(); ++i) {
           out += (i == 0 ? "" : ",") + entities_text(reply.model->info, reply.answers[i], texts[i].first, simple);
         }
         return many ? "[" + out + "]" : out;
       });
  return {};
}

Result<void> request(const ExchangePtr& exchange) {
  FOVEA_TRY(const Json body, exchange->json());
  FOVEA_TRY(const ModelPtr model, model_for(*exchange, exchange->names.empty() ? "" : exchange->names.back()));
  return huggingface_task(exchange, body, model);
}

void task(const ExchangePtr& exchange) {
  if (auto sent = request(exchange); !sent) exchange->refuse(std::move(sent.error()));
}

}  // namespace

Result<void> huggingface_task(const ExchangePtr& exchange, const Json& body, const ModelPtr& model) {
  switch (model->info.task) {
    case Task::kEmbedding:
      return features(exchange, body, model);
    case Task::kTokenClassification:
      return entities(exchange, body, model);
    case Task::kClassification:
    case Task::kScore:
    case Task::kTensors:
      break;
  }
  return labels(exchange, body, model);
}

void add_huggingface_routes(std::vector<Route>& out) {
  for (const char* pattern : {"/", "/models/{}", "/pipeline/{}/{}", "/hf-inference/models/{}"}) {
    out.push_back({"POST", pattern, Right::kAsk, Dialect::kTei, task});
  }
}

}  // namespace fovea::wire
