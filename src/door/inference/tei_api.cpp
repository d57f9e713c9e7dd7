#include "door/inference/tei_api.h"

#include <fmt/format.h>

#include "base/version.h"
#include "door/inference/fields.h"
#include "door/inference/limits.h"
#include "door/inference/model_choice.h"
#include "door/inference/tei_tokens.h"
#include "door/inference/tensor_json.h"
#include "door/wire/decoded_text.h"
#include "door/wire/infer_outputs.h"
#include "door/wire/scores.h"

namespace fovea::wire {
namespace {

using inference::Reply;
using inference::Task;
using Write = std::function<Result<std::string>(const Reply&)>;

// What every request of TEI may have: how long texts are cut, and prompts, which our models have none of.
Result<bool> cut_of(const Json& body) {
  FOVEA_TRY(const bool cut, flag_field(body, "truncate", false));
  FOVEA_TRY(const std::string direction, text_field_or(body, "truncation_direction", "Right"));
  if (direction != "Right" && direction != "right" && cut) {
    return fail(Code::kInvalidArgument, "texts are cut at their end only", "truncation_direction", "Right");
  }
  if (!member(body, "prompt_name").is_null()) {
    return fail(Code::kInvalidArgument, "the model has no prompts", "prompt_name", "put the prompt before the text");
  }
  return cut;
}

// A list of texts with none or too many has a status of its own; then the exchange is answered.
bool refused_for_length(const ExchangePtr& exchange, const Json& body, const char* name) {
  const auto* list = member(body, name).if_array();
  if (!list || (!list->empty() && (list->size() <= kInputsMax || list->front().is_number()))) return false;
  if (list->empty()) {
    exchange->refuse(refusal(400, fmt::format("{}: is empty", name), "at least one text"));
  } else {
    exchange->refuse(
        Error{Code::kOutOfRange, fmt::format("{} texts", list->size()), name, fmt::format("at most {}", kInputsMax)});
  }
  return true;
}

void append_ms(http::Headers& headers, const char* name, Nanos time) {
  headers.emplace_back(name, std::to_string(time.count() / 1'000'000));
}

http::Headers timings(const Exchange& exchange, const Reply& reply, size_t characters) {
  http::Headers out;
  size_t tokens = 0;
  for (const inference::Answer& each : reply.answers) tokens += each.tokens;
  const Nanos total = exchange.door().clock.steady() - exchange.began;
  out.emplace_back("x-compute-type", "cpu");
  append_ms(out, "x-compute-time", total);
  out.emplace_back("x-compute-characters", std::to_string(characters));
  out.emplace_back("x-compute-tokens", std::to_string(tokens));
  append_ms(out, "x-total-time", total);
  append_ms(out, "x-tokenization-time", reply.tokenized);
  append_ms(out, "x-queue-time", reply.waited);
  append_ms(out, "x-inference-time", reply.computed);
  return out;
}

void send(const ExchangePtr& exchange, const ModelPtr& model, Inputs inputs, bool cut, Write write,
          bool all_rows = false) {
  inference::Call call;
  call.model = model->info.name;
  call.priority = exchange->caller.priority;
  call.cut = cut;
  call.all_rows = all_rows;
  const size_t characters = characters_in(inputs);
  call.inputs = std::move(inputs);
  exchange->submit(std::move(call),
                   [exchange = exchange.get(), characters, all_rows,
                    write = std::move(write)](const Reply& reply) -> Result<http::Response> {
                     FOVEA_OK(check_answers(reply, all_rows));
                     for (const inference::Answer& each : reply.answers) {
                       if (all_finite(each.values)) continue;
                       return fail(Code::kInternal, "the model's answer is not a finite number");
                     }
                     FOVEA_TRY(std::string body, write(reply));
                     return http::Response{200, "application/json", std::move(body),
                                           timings(*exchange, reply, characters)};
                   });
}

// "a", or a pair ["a","b"]; in a batch ["a"] too.
Result<inference::Text> predicted_text(const Json& value, const inference::Model& model) {
  if (const auto* text = value.if_string()) return inference::Text{std::string(text->data(), text->size()), {}, false};
  const auto* array = value.if_array();
  if (!array || array->empty() || array->size() > 2 || !array->front().is_string() || !array->back().is_string()) {
    return fail(Code::kInvalidArgument, "is neither a text nor a pair of texts", "inputs");
  }
  inference::Text out{std::string(text_or(array->front(), "")), {}, array->size() == 2};
  if (!out.pair) return out;
  if (!model.info.pairs) return fail(Code::kInvalidArgument, "the model reads no pairs of texts", "inputs");
  out.second = text_or(array->back(), "");
  return out;
}

Result<void> predict_request(const ExchangePtr& exchange) {
  FOVEA_TRY(const Json body, exchange->json());
  FOVEA_TRY(const ModelPtr model, model_of_task(*exchange, {Task::kClassification}));
  FOVEA_TRY(const bool cut, cut_of(body));
  FOVEA_TRY(const bool raw, flag_field(body, "raw_scores", false));
  const Json& inputs = member(body, "inputs");
  const auto* array = inputs.if_array();
  const bool batch = array && !array->empty() && array->front().is_array();
  std::vector<inference::Text> texts;
  if (batch) {
    if (array->size() > kInputsMax) {
      return fail(Code::kOutOfRange, fmt::format("{} inputs", array->size()), "inputs",
                  fmt::format("at most {}", kInputsMax));
    }
    for (const Json& each : *array) {
      FOVEA_TRY(inference::Text text, predicted_text(each, *model));
      texts.push_back(std::move(text));
    }
  } else {
    FOVEA_TRY(inference::Text text, predicted_text(inputs, *model));
    texts.push_back(std::move(text));
  }
  send(exchange, model, std::move(texts), cut, [raw, batch](const Reply& reply) -> Result<std::string> {
    std::string out = batch ? "[" : "";
    for (size_t i = 0; i < reply.answers.size(); ++i) {
      out += (i == 0 ? "" : ",") + labels_text(reply.model->info, reply.answers[i].values, raw, SIZE_MAX);
    }
    return out + (batch ? "]" : "");
  });
  return {};
}

Result<void> embed_request(const ExchangePtr& exchange) {
  FOVEA_TRY(const Json body, exchange->json());
  FOVEA_TRY(const ModelPtr model, model_of_task(*exchange, {Task::kEmbedding}));
  FOVEA_TRY(const bool cut, cut_of(body));
  if (refused_for_length(exchange, body, "inputs")) return {};
  FOVEA_TRY(const bool normalize, flag_field(body, "normalize", true));
  FOVEA_TRY(const auto dimensions, number_field(body, "dimensions", 1, model->info.width));
  FOVEA_TRY(Inputs inputs, inputs_in(member(body, "inputs"), "inputs", *model));
  const auto cut_to = static_cast<size_t>(dimensions.value_or(0));
  send(exchange, model, std::move(inputs), cut,
       [normalize, cut_to](const Reply& reply) { return embeddings_text(reply, normalize, cut_to); });
  return {};
}

Result<void> embed_all_request(const ExchangePtr& exchange) {
  FOVEA_TRY(const Json body, exchange->json());
  FOVEA_TRY(const ModelPtr model, model_of_task(*exchange, {Task::kEmbedding}));
  FOVEA_TRY(const bool cut, cut_of(body));
  if (refused_for_length(exchange, body, "inputs")) return {};
  FOVEA_TRY(Inputs inputs, inputs_in(member(body, "inputs"), "inputs", *model));
  send(exchange, model, std::move(inputs), cut, token_rows_text, true);
  return {};
}

Result<void> similarity_request(const ExchangePtr& exchange) {
  FOVEA_TRY(const Json body, exchange->json());
  FOVEA_TRY(const ModelPtr model, model_of_task(*exchange, {Task::kEmbedding}));
  const Json& inputs = member(body, "inputs");
  FOVEA_TRY(const bool cut, cut_of(member(body, "parameters")));
  FOVEA_TRY(std::string source, text_field(inputs, "source_sentence"));
  FOVEA_TRY(std::vector<std::string> sentences, texts_field(inputs, "sentences"));
  sentences.insert(sentences.begin(), std::move(source));
  send(exchange, model, as_texts(std::move(sentences)), cut, similarities_text);
  return {};
}

Result<void> rerank_request(const ExchangePtr& exchange) {
  FOVEA_TRY(const Json body, exchange->json());
  FOVEA_TRY(const ModelPtr model, model_of_task(*exchange, {Task::kScore}));
  FOVEA_TRY(const bool cut, cut_of(body));
  FOVEA_TRY(const bool raw, flag_field(body, "raw_scores", false));
  FOVEA_TRY(const bool with_text, flag_field(body, "return_text", false));
  if (refused_for_length(exchange, body, "texts")) return {};
  FOVEA_TRY(const std::string query, text_field(body, "query"));
  FOVEA_TRY(auto texts, texts_field(body, "texts"));
  std::vector<inference::Text> pairs;
  for (const std::string& each : texts) pairs.push_back({query, each, true});
  send(exchange, model, std::move(pairs), cut,
       [raw, with_text, texts = std::move(texts)](const Reply& reply) -> Result<std::string> {
         std::vector<float> scores;
         for (const inference::Answer& each : reply.answers) {
           scores.push_back(raw ? each.values[0] : sigmoid(each.values[0]));
         }
         std::string out;
         for (const size_t index : greatest(scores, scores.size())) {
           out += fmt::format(R"({}{{"index":{},)", out.empty() ? "[" : ",", index);
           if (with_text) out += R"("text":)" + quoted_text(texts[index]) + ",";
           out += R"("score":)";
           append_number(scores[index], out);
           out += '}';
         }
         return out + "]";
       });
  return {};
}

Result<void> tokenize_request(const ExchangePtr& exchange) {
  FOVEA_TRY(const Json body, exchange->json());
  FOVEA_TRY(const ModelPtr model, model_for(*exchange, ""));
  if (!model->tokenizer) return fail(Code::kInvalidArgument, "the model has no tokenizer", "model");
  FOVEA_TRY(const bool special, flag_field(body, "add_special_tokens", true));
  FOVEA_TRY(const Inputs inputs, inputs_in(member(body, "inputs"), "inputs", *model));
  const auto* texts = std::get_if<std::vector<inference::Text>>(&inputs);
  if (!texts) return fail(Code::kInvalidArgument, "has token ids; texts are read into them", "inputs");
  std::string out;
  for (const inference::Text& each : *texts) {
    out += (out.empty() ? "[" : ",") + tokens_text(*model->tokenizer, each.first, special);
  }
  exchange->answer(200, out + "]");
  return {};
}

// What a client that decodes sends: ids that no token has are none, as in the tokenizer itself.
Result<std::vector<int32_t>> decoded_ids(const JsonArray& array) {
  std::vector<int32_t> out;
  out.reserve(array.size());
  for (const Json& each : array) {
    const int64_t* id = each.if_int64();
    if (!id || *id < 0 || *id > UINT32_MAX) return fail(Code::kInvalidArgument, "has an element that is no id", "ids");
    out.push_back(*id > INT32_MAX ? -1 : static_cast<int32_t>(*id));
  }
  return out;
}

// {"ids": [1,2]} or [[1,2],[3]]: one text or several, in an array in either case.
Result<void> decode_request(const ExchangePtr& exchange) {
  FOVEA_TRY(const Json body, exchange->json());
  FOVEA_TRY(const ModelPtr model, model_for(*exchange, ""));
  FOVEA_TRY(const bool skip, flag_field(body, "skip_special_tokens", true));
  const auto* array = member(body, "ids").if_array();
  if (!array) return fail(Code::kInvalidArgument, "is missing, or no array", "ids");
  const bool several = !array->empty() && array->front().is_array();
  if (several && array->size() > kInputsMax) {
    return fail(Code::kOutOfRange, fmt::format("{} texts", array->size()), "ids",
                fmt::format("at most {}", kInputsMax));
  }
  std::string out;
  for (size_t i = 0; i < (several ? array->size() : 1); ++i) {
    const auto* one = several ? (*array)[i].if_array() : array;
    if (!one) return fail(Code::kInvalidArgument, "mixes ids with lists of ids", "ids");
    FOVEA_TRY(const std::vector<int32_t> ids, decoded_ids(*one));
    FOVEA_TRY(const std::string text, decoded_text(*model, ids, skip));
    out += (out.empty() ? "[" : ",") + quoted_text(text);
    if (out.size() > kDecodedBytesMax) return fail(Code::kOutOfRange, "the texts are too long", "ids", "decode fewer");
  }
  exchange->answer(200, out + "]");
  return {};
}

JsonObject model_type(const inference::ModelInfo& info) {
  JsonObject kind;
  if (info.task == Task::kEmbedding) {
    JsonObject pooling;
    pooling["dimensions"] = info.width;
    kind["embedding"] = std::move(pooling);
    return kind;
  }
  JsonObject to_label, to_id, labels;
  for (size_t i = 0; i < static_cast<size_t>(info.width); ++i) {
    to_label[std::to_string(i)] = label_of(info.labels, i);
    to_id[label_of(info.labels, i)] = i;
  }
  labels["id2label"] = std::move(to_label);
  labels["label2id"] = std::move(to_id);
  kind[info.task == Task::kScore ? "reranker" : "classifier"] = std::move(labels);
  return kind;
}

Result<void> info_request(const ExchangePtr& exchange) {
  FOVEA_TRY(const ModelPtr model, model_for(*exchange, ""));
  JsonObject out;
  out["model_id"] = model->info.name;
  out["model_sha"] = model->info.digest;
  out["model_dtype"] = model->info.precision;
  out["model_type"] = model_type(model->info);
  out["max_input_length"] = model->info.tokens_max;
  out["max_client_batch_size"] = kInputsMax;
  out["auto_truncate"] = false;
  out["version"] = kFoveaVersion;
  exchange->answer(200, to_text(out));
  return {};
}

template <Result<void> (*kRequest)(const ExchangePtr&)>
void handle(const ExchangePtr& exchange) {
  if (auto sent = kRequest(exchange); !sent) exchange->refuse(std::move(sent.error()));
}

void health(const ExchangePtr& exchange) {
  if (exchange->inference().ready()) return exchange->answer({200, "application/json", "", {}});
  exchange->refuse({Code::kUnavailable, "not every model serves", {}, {}});
}

}  // namespace

Result<std::string> embeddings_text(const Reply& reply, bool normalize, size_t dimensions) {
  std::string out;
  for (const inference::Answer& each : reply.answers) {
    out += out.empty() ? '[' : ',';
    if (normalize) {
      append_numbers(unit_embedding(each.values, dimensions), out);
    } else {
      append_numbers(std::span(each.values).first(dimensions == 0 ? each.values.size() : dimensions), out);
    }
  }
  return out + "]";
}

std::string token_rows_text(const Reply& reply) {
  const auto width = static_cast<size_t>(reply.model->info.token_width);
  std::string out;
  for (const inference::Answer& each : reply.answers) {
    out += out.empty() ? "[[" : ",[";
    for (size_t at = 0; at < each.values.size(); at += width) {
      if (at != 0) out += ',';
      append_numbers(std::span(each.values).subspan(at, width), out);
    }
    out += ']';
  }
  return out + "]";
}

std::string labels_text(const inference::ModelInfo& info, std::span<const float> logits, bool raw, size_t count) {
  const std::vector<float> scores = raw ? std::vector<float>(logits.begin(), logits.end()) : probabilities_of(logits);
  std::string out = "[";
  for (const size_t index : greatest(scores, count)) {
    out += out.size() == 1 ? R"({"score":)" : R"(,{"score":)";
    append_number(scores[index], out);
    out += R"(,"label":)" + quoted_text(label_of(info.labels, index)) + "}";
  }
  return out + "]";
}

Result<std::string> similarities_text(const Reply& reply) {
  std::vector<float> out;
  for (size_t i = 1; i < reply.answers.size(); ++i) {
    out.push_back(cosine(reply.answers[0].values, reply.answers[i].values));
  }
  std::string text;
  append_numbers(out, text);
  return text;
}

void add_tei_routes(std::vector<Route>& out) {
  const auto add = [&out](const char* method, const char* pattern, access::Needs needs, Handle handle) {
    out.push_back({method, pattern, needs, Dialect::kTei, handle});
  };
  add("POST", "/predict", Right::kAsk, handle<predict_request>);
  add("POST", "/embed", Right::kAsk, handle<embed_request>);
  add("POST", "/embed_all", Right::kAsk, handle<embed_all_request>);
  add("POST", "/rerank", Right::kAsk, handle<rerank_request>);
  add("POST", "/similarity", Right::kAsk, handle<similarity_request>);
  add("POST", "/tokenize", Right::kAsk, handle<tokenize_request>);
  add("POST", "/decode", Right::kAsk, handle<decode_request>);
  add("GET", "/info", Right::kLook, handle<info_request>);
  add("GET", "/health", Right::kAnyone, health);
}

}  // namespace fovea::wire
