// text-embeddings-inference over gRPC. Its requests name no model: the one that does the task answers.
// Not offered, kUnimplemented: sparse embeddings.
#include <fmt/format.h>

#include "base/version.h"
#include "door/grpc/limits.h"
#include "door/grpc/message.h"
#include "door/grpc/method.h"
#include "door/wire/decoded_text.h"
#include "door/wire/infer_outputs.h"
#include "door/wire/scores.h"
#include "door/wire/text_tokens.h"
#include "serve/wire_grpc/tei_messages.h"

namespace fovea::rpc {
namespace {

namespace tei = ::tei::v1;
using inference::Reply;
using inference::Task;
using inference::Text;

template <typename Request>
Result<void> check_cut(const Request& request) {
  if (!request.truncate() || request.truncation_direction() == tei::TRUNCATION_DIRECTION_RIGHT) return {};
  return fail(Code::kInvalidArgument, "texts are cut at their end only", "truncation_direction", "RIGHT");
}

template <typename Request>
Result<void> check_prompt(const Request& request) {
  if (!request.has_prompt_name()) return {};
  return fail(Code::kInvalidArgument, "the model has no prompts", "prompt_name", "put the prompt before the text");
}

void set_metadata(const Call& call, const Reply& reply, size_t characters, tei::Metadata& out) {
  size_t tokens = 0;
  for (const inference::Answer& each : reply.answers) tokens += each.tokens;
  const auto ns = [](Nanos time) { return static_cast<uint64_t>(std::max<int64_t>(time.count(), 0)); };
  out.set_compute_chars(static_cast<uint32_t>(characters));
  out.set_compute_tokens(static_cast<uint32_t>(tokens));
  out.set_total_time_ns(ns(call.door().clock.steady() - call.began));
  out.set_tokenization_time_ns(ns(reply.tokenized));
  out.set_queue_time_ns(ns(reply.waited));
  out.set_inference_time_ns(ns(reply.computed));
}

// Has the model read the texts; `fill` makes the response but for its metadata.
template <typename Response, typename Fill>
void send(const CallPtr& call, const wire::ModelPtr& model, std::vector<Text> texts, bool cut, Fill fill,
          bool all_rows = false) {
  size_t characters = 0;
  for (const Text& each : texts) characters += each.first.size() + each.second.size();
  inference::Call work;
  work.model = model->info.name;
  work.priority = call->caller.priority;
  work.cut = cut;
  work.all_rows = all_rows;
  work.inputs = std::move(texts);
  call->submit(
      std::move(work),
      [call = call.get(), characters, all_rows, fill = std::move(fill)](const Reply& reply) -> Result<std::string> {
        FOVEA_OK(wire::check_answers(reply, all_rows));
        Response out;
        fill(reply, out);
        set_metadata(*call, reply, characters, *out.mutable_metadata());
        return write_message(out);
      });
}

Result<void> embed(const CallPtr& call) {
  FOVEA_TRY(auto request, read_message<tei::EmbedRequest>(call->message()));
  FOVEA_TRY(const wire::ModelPtr model, call->model_of({Task::kEmbedding}));
  FOVEA_OK(check_cut(request));
  FOVEA_OK(check_prompt(request));
  const size_t dimensions = request.dimensions();
  if (request.has_dimensions() && (dimensions == 0 || dimensions > static_cast<size_t>(model->info.width))) {
    return fail(Code::kInvalidArgument, fmt::format("{} dimensions", dimensions), "dimensions",
                fmt::format("from 1 to {}", model->info.width));
  }
  std::vector<Text> texts = {{std::move(*request.mutable_inputs()), {}, false}};
  send<tei::EmbedResponse>(call, model, std::move(texts), request.truncate(),
                           [dimensions, normalize = request.normalize()](const Reply& reply, tei::EmbedResponse& out) {
                             std::vector<float> row = reply.answers[0].values;
                             if (normalize) row = wire::unit_embedding(row, dimensions);
                             if (dimensions != 0) row.resize(dimensions);
                             out.mutable_embeddings()->Add(row.begin(), row.end());
                           });
  return {};
}

Result<void> embed_all(const CallPtr& call) {
  FOVEA_TRY(auto request, read_message<tei::EmbedAllRequest>(call->message()));
  FOVEA_TRY(const wire::ModelPtr model, call->model_of({Task::kEmbedding}));
  FOVEA_OK(check_cut(request));
  FOVEA_OK(check_prompt(request));
  std::vector<Text> texts = {{std::move(*request.mutable_inputs()), {}, false}};
  const auto fill = [](const Reply& reply, tei::EmbedAllResponse& out) {
    const std::span<const float> values = reply.answers[0].values;
    const auto width = static_cast<size_t>(reply.model->info.token_width);
    for (size_t at = 0; at < values.size(); at += width) {
      const auto row = values.subspan(at, width);
      out.add_token_embeddings()->mutable_embeddings()->Add(row.begin(), row.end());
    }
  };
  send<tei::EmbedAllResponse>(call, model, std::move(texts), request.truncate(), fill, true);
  return {};
}

void predict_text(const CallPtr& call, const wire::ModelPtr& model, Text text, bool cut, bool raw) {
  send<tei::PredictResponse>(call, model, {std::move(text)}, cut, [raw](const Reply& reply, tei::PredictResponse& out) {
    const auto& logits = reply.answers[0].values;
    const std::vector<float> scores = raw ? logits : wire::probabilities_of(logits);
    for (const size_t index : wire::greatest(scores, scores.size())) {
      auto& prediction = *out.add_predictions();
      prediction.set_score(scores[index]);
      prediction.set_label(wire::label_of(reply.model->info.labels, index));
    }
  });
}

Result<void> predict(const CallPtr& call) {
  FOVEA_TRY(auto request, read_message<tei::PredictRequest>(call->message()));
  FOVEA_TRY(const wire::ModelPtr model, call->model_of({Task::kClassification}));
  FOVEA_OK(check_cut(request));
  predict_text(call, model, {std::move(*request.mutable_inputs()), {}, false}, request.truncate(),
               request.raw_scores());
  return {};
}

Result<void> predict_pair(const CallPtr& call) {
  FOVEA_TRY(auto request, read_message<tei::PredictPairRequest>(call->message()));
  FOVEA_TRY(const wire::ModelPtr model, call->model_of({Task::kClassification}));
  FOVEA_OK(check_cut(request));
  if (request.inputs_size() < 1 || request.inputs_size() > 2) {
    return fail(Code::kInvalidArgument, fmt::format("has {} texts", request.inputs_size()), "inputs", "one or two");
  }
  Text text{request.inputs(0), {}, request.inputs_size() == 2};
  if (text.pair && !model->info.pairs)
    return fail(Code::kInvalidArgument, "the model reads no pairs of texts", "inputs");
  if (text.pair) text.second = request.inputs(1);
  predict_text(call, model, std::move(text), request.truncate(), request.raw_scores());
  return {};
}

Result<void> rank(const CallPtr& call, const std::string& query, std::vector<std::string> texts, bool cut, bool raw,
                  bool with_text) {
  FOVEA_TRY(const wire::ModelPtr model, call->model_of({Task::kScore}));
  if (texts.empty() || texts.size() > wire::kInputsMax) {
    return fail(Code::kInvalidArgument, fmt::format("has {} texts", texts.size()), "texts",
                fmt::format("from 1 to {}", wire::kInputsMax));
  }
  std::vector<Text> pairs;
  for (const std::string& each : texts) pairs.push_back({query, each, true});
  send<tei::RerankResponse>(call, model, std::move(pairs), cut,
                            [raw, with_text, texts = std::move(texts)](const Reply& reply, tei::RerankResponse& out) {
                              std::vector<float> scores;
                              for (const inference::Answer& each : reply.answers) {
                                scores.push_back(raw ? each.values[0] : wire::sigmoid(each.values[0]));
                              }
                              for (const size_t index : wire::greatest(scores, scores.size())) {
                                auto& one = *out.add_ranks();
                                one.set_index(static_cast<uint32_t>(index));
                                one.set_score(scores[index]);
                                if (with_text) one.set_text(texts[index]);
                              }
                            });
  return {};
}

Result<void> rerank(const CallPtr& call) {
  FOVEA_TRY(auto request, read_message<tei::RerankRequest>(call->message()));
  FOVEA_OK(check_cut(request));
  return rank(call, request.query(), {request.texts().begin(), request.texts().end()}, request.truncate(),
              request.raw_scores(), request.return_text());
}

Result<void> rerank_stream(const CallPtr& call) {
  std::vector<std::string> texts;
  tei::RerankStreamRequest first;
  for (const std::string& message : call->messages()) {
    FOVEA_TRY(auto request, read_message<tei::RerankStreamRequest>(message));
    FOVEA_OK(check_cut(request));
    if (texts.empty()) first = request;
    if (request.query() != first.query()) {
      return fail(Code::kInvalidArgument, "the query changes within the stream", "query", "one stream for each query");
    }
    texts.push_back(std::move(*request.mutable_text()));
  }
  return rank(call, first.query(), std::move(texts), first.truncate(), first.raw_scores(), first.return_text());
}

Result<void> tokenize(const CallPtr& call) {
  FOVEA_TRY(auto request, read_message<tei::EncodeRequest>(call->message()));
  FOVEA_TRY(const wire::ModelPtr model, call->model_of(wire::kAnyTask));
  FOVEA_OK(check_prompt(request));
  if (!model->tokenizer) return fail(Code::kInvalidArgument, "the model has no tokenizer", "model");
  tei::EncodeResponse out;
  for (wire::TextToken& each : wire::text_tokens(*model->tokenizer, request.inputs(), request.add_special_tokens())) {
    auto& token = *out.add_tokens();
    token.set_id(static_cast<uint32_t>(each.id));
    token.set_text(std::move(each.text));
    token.set_special(each.special);
    if (each.special) continue;
    token.set_start(each.span.begin);
    token.set_stop(each.span.end);
  }
  call->answer(write_message(out));
  return {};
}

Result<void> decode(const CallPtr& call) {
  FOVEA_TRY(const auto request, read_message<tei::DecodeRequest>(call->message()));
  FOVEA_TRY(const wire::ModelPtr model, call->model_of(wire::kAnyTask));
  std::vector<int32_t> ids;
  ids.reserve(static_cast<size_t>(request.ids_size()));
  for (const uint32_t each : request.ids()) ids.push_back(each > INT32_MAX ? -1 : static_cast<int32_t>(each));
  tei::DecodeResponse out;
  FOVEA_TRY(*out.mutable_text(), wire::decoded_text(*model, ids, request.skip_special_tokens()));
  call->answer(write_message(out));
  return {};
}

Result<void> info(const CallPtr& call) {
  FOVEA_TRY(const wire::ModelPtr model, call->model_of(wire::kAnyTask));
  tei::InfoResponse out;
  out.set_version(std::string(kFoveaVersion));
  out.set_model_id(model->info.name);
  out.set_model_sha(model->info.digest);
  out.set_model_dtype(model->info.precision);
  out.set_model_type(model->info.task == Task::kEmbedding ? tei::MODEL_TYPE_EMBEDDING
                     : model->info.task == Task::kScore   ? tei::MODEL_TYPE_RERANKER
                                                          : tei::MODEL_TYPE_CLASSIFIER);
  out.set_max_concurrent_requests(kCallsMax);
  out.set_max_input_length(static_cast<uint32_t>(model->info.tokens_max));
  out.set_max_client_batch_size(wire::kInputsMax);
  call->answer(write_message(out));
  return {};
}

Result<void> none_are_sparse(const CallPtr&) {
  return fail(Code::kUnimplemented, "models here give no sparse embeddings", {}, "tei.v1.Embed/Embed");
}

}  // namespace

void add_tei_methods(std::vector<Method>& out) {
  using access::Right;
  const auto add = [&out](const char* name, Right right, Kind kind, Handle how) {
    out.push_back({std::string("/tei.v1.") + name, right, kind, how, nullptr});
  };
  const auto both = [&](const std::string& name, Handle how) {
    add(name.c_str(), Right::kAsk, Kind::kUnary, how);
    add((name + "Stream").c_str(), Right::kAsk, Kind::kStream, how);
  };
  add("Info/Info", Right::kLook, Kind::kUnary, handle<info>);
  both("Embed/Embed", handle<embed>);
  both("Embed/EmbedSparse", handle<none_are_sparse>);
  both("Embed/EmbedAll", handle<embed_all>);
  both("Predict/Predict", handle<predict>);
  both("Predict/PredictPair", handle<predict_pair>);
  add("Rerank/Rerank", Right::kAsk, Kind::kUnary, handle<rerank>);
  add("Rerank/RerankStream", Right::kAsk, Kind::kGathered, handle<rerank_stream>);
  both("Tokenize/Tokenize", handle<tokenize>);
  both("Tokenize/Decode", handle<decode>);
}

}  // namespace fovea::rpc
