#include "door/inference/cohere_api.h"

#include <fmt/format.h>

#include "base/digest.h"
#include "door/inference/fields.h"
#include "door/inference/model_choice.h"
#include "door/inference/tei_api.h"
#include "door/inference/tensor_json.h"
#include "door/wire/infer_inputs.h"
#include "door/wire/infer_outputs.h"
#include "door/wire/scores.h"

namespace fovea::wire {
namespace {

using inference::Reply;
using inference::Task;

std::string new_id() {
  const std::string hex = to_hex(random_bytes(16));
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4),
                     hex.substr(20));
}

// Strings, or objects with a "text".
Result<std::vector<std::string>> documents_in(const Json& body) {
  const auto* array = member(body, "documents").if_array();
  if (!array) return fail(Code::kInvalidArgument, "is missing, or no array", "documents");
  FOVEA_OK(check_count(array->size()));
  std::vector<std::string> out;
  for (const Json& each : *array) {
    const auto* text = each.is_object() ? member(each, "text").if_string() : each.if_string();
    if (!text) return fail(Code::kInvalidArgument, "has an element that is no text", "documents");
    out.emplace_back(text->data(), text->size());
  }
  return out;
}

Result<std::string> ranked(const Reply& reply, const std::vector<std::string>& documents, size_t count,
                           bool with_documents) {
  FOVEA_OK(check_answers(reply));
  std::vector<float> scores;
  for (const inference::Answer& each : reply.answers) scores.push_back(sigmoid(each.values[0]));
  if (!all_finite(scores)) return fail(Code::kInternal, "the model's answer is not a finite number");
  std::string results;
  for (const size_t index : greatest(scores, count)) {
    results += fmt::format(R"({}{{"index":{},"relevance_score":)", results.empty() ? "" : ",", index);
    append_number(scores[index], results);
    if (with_documents) results += R"(,"document":{"text":)" + quoted_text(documents[index]) + "}";
    results += '}';
  }
  return fmt::format(
      R"({{"id":"{}","results":[{}],"meta":{{"api_version":{{"version":"2"}},"billed_units":{{"search_units":1}}}}}})",
      new_id(), results);
}

Result<void> rerank_request(const ExchangePtr& exchange) {
  FOVEA_TRY(const Json body, exchange->json());
  FOVEA_TRY(const std::string name, text_field_or(body, "model", ""));
  FOVEA_TRY(const ModelPtr model, model_for(*exchange, name, {Task::kScore}));
  FOVEA_TRY(const std::string query, text_field(body, "query"));
  FOVEA_TRY(std::vector<std::string> documents, documents_in(body));
  FOVEA_TRY(const auto top, number_field(body, "top_n", 1, INT32_MAX));
  FOVEA_TRY(const bool with_documents, flag_field(body, "return_documents", false));
  std::vector<inference::Text> pairs;
  for (const std::string& each : documents) pairs.push_back({query, each, true});
  inference::Call call;
  call.model = model->info.name;
  call.priority = exchange->caller.priority;
  call.inputs = std::move(pairs);
  const auto count = static_cast<size_t>(top.value_or(INT32_MAX));
  exchange->submit(
      std::move(call),
      [documents = std::move(documents), count, with_documents](const Reply& reply) -> Result<http::Response> {
        FOVEA_TRY(std::string out, ranked(reply, documents, count, with_documents));
        return http::Response{200, "application/json", std::move(out), {}};
      });
  return {};
}

Result<void> embed_request(const ExchangePtr& exchange) {
  FOVEA_TRY(const Json body, exchange->json());
  FOVEA_TRY(const std::string name, text_field_or(body, "model", ""));
  FOVEA_TRY(const ModelPtr model, model_for(*exchange, name, {Task::kEmbedding}));
  FOVEA_TRY(std::vector<std::string> texts, texts_field(body, "texts"));
  FOVEA_TRY(const auto dimensions, number_field(body, "output_dimension", 1, model->info.width));
  if (const auto* types = member(body, "embedding_types").if_array()) {
    for (const Json& each : *types) {
      if (text_or(each, "") != "float") return fail(Code::kInvalidArgument, "only float", "embedding_types");
    }
  }
  inference::Call call;
  call.model = model->info.name;
  call.priority = exchange->caller.priority;
  std::string echoed;
  for (const std::string& each : texts) echoed += (echoed.empty() ? "" : ",") + quoted_text(each);
  call.inputs = as_texts(std::move(texts));
  const auto cut_to = static_cast<size_t>(dimensions.value_or(0));
  exchange->submit(std::move(call), [echoed, cut_to](const Reply& reply) -> Result<http::Response> {
    FOVEA_OK(check_answers(reply));
    size_t tokens = 0;
    for (const inference::Answer& each : reply.answers) {
      if (!all_finite(each.values)) return fail(Code::kInternal, "the model's answer is not a finite number");
      tokens += each.tokens;
    }
    FOVEA_TRY(const std::string rows, embeddings_text(reply, true, cut_to));
    return http::Response{
        200,
        "application/json",
        fmt::format(R"({{"id":"{}","embeddings":{{"float":{}}},"texts":[{}],"response_type":"embeddings_by_type",)"
                    R"("meta":{{"api_version":{{"version":"2"}},"billed_units":{{"input_tokens":{}}}}}}})",
                    new_id(), rows, echoed, tokens),
        {}};
  });
  return {};
}

void rerank(const ExchangePtr& exchange) {
  if (auto sent = rerank_request(exchange); !sent) exchange->refuse(std::move(sent.error()));
}

void embed(const ExchangePtr& exchange) {
  if (auto sent = embed_request(exchange); !sent) exchange->refuse(std::move(sent.error()));
}

}  // namespace

void add_cohere_routes(std::vector<Route>& out) {
  for (const char* pattern : {"/v2/rerank", "/v1/rerank"}) {
    out.push_back({"POST", pattern, Right::kAsk, Dialect::kCohere, rerank});
  }
  out.push_back({"POST", "/v2/embed", Right::kAsk, Dialect::kCohere, embed});
}

}  // namespace fovea::wire
