#include "door/inference/openai_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/digest.h"
#include "door/inference/fields.h"
#include "door/inference/model_choice.h"
#include "door/inference/tensor_json.h"
#include "door/wire/infer_outputs.h"
#include "door/wire/scores.h"

namespace fovea::wire {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;
constexpr float kFlaggedFrom = 0.5F;
constexpr std::array<std::string_view, 13> kCategories = {"harassment",
                                                          "harassment/threatening",
                                                          "hate",
                                                          "hate/threatening",
                                                          "illicit",
                                                          "illicit/violent",
                                                          "self-harm",
                                                          "self-harm/intent",
                                                          "self-harm/instructions",
                                                          "sexual",
                                                          "sexual/minors",
                                                          "violence",
                                                          "violence/graphic"};

size_t tokens_of(const inference::Reply& reply) {
  size_t tokens = 0;
  for (const inference::Answer& each : reply.answers) tokens += each.tokens;
  return tokens;
}

Result<std::string> embeddings_body(const inference::Reply& reply, const std::string& name, bool base64,
                                    size_t dimensions) {
  FOVEA_OK(check_answers(reply));
  std::string out = R"({"object":"list","data":[)";
  for (size_t i = 0; i < reply.answers.size(); ++i) {
    const std::vector<float> row = unit_embedding(reply.answers[i].values, dimensions);
    if (!all_finite(row)) return fail(Code::kInternal, "the model's answer is not a finite number", name);
    out += fmt::format(R"({}{{"object":"embedding","index":{},"embedding":)", i == 0 ? "" : ",", i);
    if (base64) {
      const std::string_view bytes(reinterpret_cast<const char*>(row.data()), row.size() * sizeof(float));
      out += '"' + to_base64(bytes) + '"';
    } else {
      append_numbers(row, out);
    }
    out += '}';
  }
  const size_t tokens = tokens_of(reply);
  out += fmt::format(R"(],"model":{},"usage":{{"prompt_tokens":{},"total_tokens":{}}}}})", quoted_text(name), tokens,
                     tokens);
  return out;
}

Result<void> embed(const ExchangePtr& exchange) {
  FOVEA_TRY(const Json body, exchange->json());
  FOVEA_TRY(const std::string name, text_field_or(body, "model", ""));
  FOVEA_TRY(const ModelPtr model, model_for(*exchange, name, {inference::Task::kEmbedding}));
  FOVEA_TRY(const std::string format, text_field_or(body, "encoding_format", "float"));
  if (format != "float" && format != "base64") {
    return fail(Code::kInvalidArgument, "is neither 'float' nor 'base64'", "encoding_format");
  }
  FOVEA_TRY(const auto dimensions, number_field(body, "dimensions", 1, model->info.width));
  inference::Call call;
  call.model = model->info.name;
  call.priority = exchange->caller.priority;
  call.cut = false;
  FOVEA_TRY(call.inputs, inputs_in(member(body, "input"), "input", *model));
  const auto cut_to = static_cast<size_t>(dimensions.value_or(0));
  exchange->submit(std::move(call),
                   [name = model->info.name, base64 = format == "base64",
                    cut_to](const inference::Reply& reply) -> Result<http::Response> {
                     FOVEA_TRY(std::string out, embeddings_body(reply, name, base64, cut_to));
                     return http::Response{200, "application/json", std::move(out), {}};
                   });
  return {};
}

// "input": a string, strings, or parts {"type":"text","text":...}.
Result<std::vector<std::string>> moderated_texts(const Json& body) {
  const Json& input = member(body, "input");
  if (const auto* text = input.if_string()) return std::vector<std::string>{std::string(text->data(), text->size())};
  const auto* array = input.if_array();
  if (!array || array->empty() || !array->front().is_object()) return texts_field(body, "input");
  std::string joined;
  for (const Json& part : *array) {
    const auto* text = member(part, "text").if_string();
    if (!text) return fail(Code::kInvalidArgument, "has a part that is no text", "input", "images are not read");
    joined += (joined.empty() ? "" : "\n") + std::string(text->data(), text->size());
  }
  return std::vector<std::string>{std::move(joined)};
}

std::string moderation(const inference::ModelInfo& info, std::span<const float> logits,
                       const std::vector<std::string>& flagged_labels) {
  const std::vector<float> probabilities = probabilities_of(logits);
  std::vector<std::pair<std::string, float>> scores;
  for (const std::string_view each : kCategories) scores.emplace_back(each, 0.0F);
  for (size_t i = 0; i < probabilities.size(); ++i) {
    const std::string label = label_of(info.labels, i);
    const auto known = std::ranges::find(scores, label, [](const auto& each) { return each.first; });
    if (known != scores.end()) {
      known->second = probabilities[i];
    } else {
      scores.emplace_back(label, probabilities[i]);
    }
  }
  bool flagged = false;
  std::string categories, values, applied;
  for (const auto& [name, score] : scores) {
    const bool over = score >= kFlaggedFrom;
    const bool counts = std::ranges::find(kCategories, name) != kCategories.end() ||
                        std::ranges::find(flagged_labels, name) != flagged_labels.end();
    flagged = flagged || (over && counts);
    const std::string key = (categories.empty() ? "" : ",") + quoted_text(name) + ":";
    categories += key + (over ? "true" : "false");
    values += key;
    append_number(score, values);
    applied += key + R"(["text"])";
  }
  return fmt::format(
      R"({{"flagged":{},"categories":{{{}}},"category_scores":{{{}}},"category_applied_input_types":{{{}}}}})", flagged,
      categories, values, applied);
}

Result<void> moderate(const ExchangePtr& exchange) {
  FOVEA_TRY(const Json body, exchange->json());
  FOVEA_TRY(const std::string name, text_field_or(body, "model", ""));
  FOVEA_TRY(const ModelPtr model, model_for(*exchange, name, {inference::Task::kClassification}));
  FOVEA_TRY(std::vector<std::string> texts, moderated_texts(body));
  inference::Call call;
  call.model = model->info.name;
  call.priority = exchange->caller.priority;
  call.inputs = as_texts(std::move(texts));
  exchange->submit(std::move(call), [exchange](const inference::Reply& reply) -> Result<http::Response> {
    FOVEA_OK(check_answers(reply));
    std::string results;
    for (const inference::Answer& each : reply.answers) {
      if (!all_finite(each.values)) return fail(Code::kInternal, "the model's answer is not a finite number");
      results += (results.empty() ? "" : ",") +
                 moderation(reply.model->info, each.values, exchange->door().options.flagged_labels);
    }
    return http::Response{200,
                          "application/json",
                          fmt::format(R"({{"id":"modr-{}","model":{},"results":[{}]}})", to_hex(random_bytes(12)),
                                      quoted_text(reply.model->info.name), results),
                          {}};
  });
  return {};
}

void embeddings(const ExchangePtr& exchange) {
  if (auto sent = embed(exchange); !sent) exchange->refuse(std::move(sent.error()));
}

void moderations(const ExchangePtr& exchange) {
  if (auto sent = moderate(exchange); !sent) exchange->refuse(std::move(sent.error()));
}

JsonObject model_card(const Exchange& exchange, const std::string& name) {
  JsonObject out;
  out["id"] = name;
  out["object"] = "model";
  out["created"] = exchange.door().started.ns / kNanosPerSecond;
  out["owned_by"] = "fovea";
  return out;
}

void models(const ExchangePtr& exchange) {
  JsonArray cards, names;
  std::string last;
  for (const inference::ModelState& each : exchange->inference().models()) {
    if (each.state != "READY" || each.name == last) continue;  // versions of a model stand together
    last = each.name;
    cards.emplace_back(model_card(*exchange, each.name));
    names.emplace_back(each.name);
  }
  JsonObject out;
  out["object"] = "list";
  out["data"] = std::move(cards);
  out["models"] = std::move(names);
  exchange->answer(200, to_text(out));
}

void model(const ExchangePtr& exchange) {
  const auto found = exchange->inference().model(exchange->names[0], "");
  if (!found && found.error().code == Code::kNotFound) return exchange->refuse(found.error());
  JsonObject out = model_card(*exchange, exchange->names[0]);
  out["name"] = exchange->names[0];
  out["ready"] = found.has_value();
  exchange->answer(200, to_text(out));
}

}  // namespace

void add_openai_routes(std::vector<Route>& out) {
  out.push_back({"POST", "/v1/embeddings", Right::kAsk, Dialect::kOpenAi, embeddings});
  out.push_back({"POST", "/v1/moderations", Right::kAsk, Dialect::kOpenAi, moderations});
  out.push_back({"GET", "/v1/models", Right::kLook, Dialect::kOpenAi, models});
  out.push_back({"GET", "/v1/models/{}", Right::kLook, Dialect::kOpenAi, model});
}

}  // namespace fovea::wire
