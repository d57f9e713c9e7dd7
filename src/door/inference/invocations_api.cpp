#include "door/inference/invocations_api.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/version.h"
#include "door/inference/header_text.h"
#include "door/inference/huggingface_api.h"
#include "door/inference/instances.h"
#include "door/inference/mlflow_frame.h"
#include "door/inference/v2_api.h"
#include "door/wire/model_name.h"

namespace fovea::wire {
namespace {

// Triton on SageMaker and on Vertex: tensors after N bytes of JSON.
constexpr std::string_view kBinaryTypes[] = {"application/vnd.sagemaker-triton.binary+json;json-header-size=",
                                             "application/vnd.vertex-ai-triton.binary+json;json-header-size="};

bool is_v2(const Json& body) {
  const auto* inputs = member(body, "inputs").if_array();
  return inputs && !inputs->empty() && !member(inputs->front(), "datatype").is_null();
}

Result<JsonArray> instances_of(const Json& body) {
  constexpr std::string_view kKinds[] = {"dataframe_split", "dataframe_records", "instances", "inputs"};
  int found = 0;
  for (const std::string_view each : kKinds) found += !member(body, each).is_null();
  if (found != 1) {
    return fail(Code::kInvalidArgument, fmt::format("the body has {} of what it should have one of", found), "body",
                "dataframe_split, dataframe_records, instances or inputs");
  }
  if (const Json& split = member(body, "dataframe_split"); !split.is_null()) return instances_of_split(split);
  if (const Json& records = member(body, "dataframe_records"); !records.is_null()) return instances_of_records(records);
  const Json& instances = member(body, "instances");
  const Json& given = instances.is_null() ? member(body, "inputs") : instances;
  if (const auto* array = given.if_array()) return *array;
  // Columns: {"text": ["a", "b"]}; or one text.
  const auto* column = member(given, "text").if_array();
  return column ? *column : JsonArray{given};
}

Result<void> invoke_json(const ExchangePtr& exchange, const std::string& name) {
  FOVEA_TRY(const Json body, exchange->json());
  FOVEA_TRY(const ModelPtr model, model_for(*exchange, name));
  if (is_v2(body)) {
    v2_infer(exchange, model->info.name, "", std::nullopt);
    return {};
  }
  const bool task_shape = exchange->door().options.sagemaker && !member(body, "inputs").is_null();
  if (task_shape) return huggingface_task(exchange, body, model);
  FOVEA_TRY(JsonArray instances, instances_of(body));
  FOVEA_TRY(Inputs inputs, instances_in(Json(std::move(instances)), "instances", *model));
  predict(exchange, model, std::move(inputs));
  return {};
}

Result<void> invoke_binary(const ExchangePtr& exchange, const std::string& name, std::string_view type,
                           std::string_view prefix) {
  const auto json_bytes = whole_number(type.substr(prefix.size()));
  if (!json_bytes) return fail(Code::kInvalidArgument, "is no whole number", "json-header-size");
  FOVEA_TRY(const ModelPtr model, model_for(*exchange, name));
  v2_infer(exchange, model->info.name, "", static_cast<size_t>(*json_bytes), std::string(prefix));
  return {};
}

Result<void> invoke_csv(const ExchangePtr& exchange, const std::string& name) {
  FOVEA_TRY(const ModelPtr model, model_for(*exchange, name));
  FOVEA_TRY(JsonArray instances, instances_of_csv(exchange->request.body));
  FOVEA_TRY(Inputs inputs, instances_in(Json(std::move(instances)), "CSV", *model));
  predict(exchange, model, std::move(inputs));
  return {};
}

// SageMaker passes on whatever type its callers send; one text in plain text is an instance.
Result<void> invoke_text(const ExchangePtr& exchange, const std::string& name) {
  FOVEA_TRY(const ModelPtr model, model_for(*exchange, name));
  FOVEA_TRY(Inputs inputs, instances_in(Json(JsonArray{Json(exchange->request.body)}), "body", *model));
  predict(exchange, model, std::move(inputs));
  return {};
}

void invoke(const ExchangePtr& exchange, const std::string& name) {
  const std::string_view type = exchange->header("Content-Type");
  const auto named = [&](std::string_view what) { return same_text(trimmed(type.substr(0, type.find(';'))), what); };
  Result<void> sent;
  const auto* binary =
      std::ranges::find_if(kBinaryTypes, [&](std::string_view each) { return type.starts_with(each); });
  if (binary != std::end(kBinaryTypes)) {
    sent = invoke_binary(exchange, name, type, *binary);
  } else if (type.empty() || named("application/json") || named("application/octet-stream")) {
    sent = invoke_json(exchange, name);
  } else if (named("text/csv")) {
    sent = invoke_csv(exchange, name);
  } else if (named("text/plain")) {
    sent = invoke_text(exchange, name);
  } else {
    return exchange->refuse(refusal(415, "the Content-Type is not read", "application/json, text/csv or text/plain"));
  }
  if (!sent) exchange->refuse(std::move(sent.error()));
}

void invocations(const ExchangePtr& exchange) {
  invoke(exchange, "");
}

void invoke_model(const ExchangePtr& exchange) {
  const auto found = exchange->inference().model(exchange->names[0], "");
  if (!found) return exchange->refuse(found.error());
  invoke(exchange, exchange->names[0]);
}

// AWS's clients with this server as their endpoint_url: the endpoint, or the target model, is the model's name.
void invoke_endpoint(const ExchangePtr& exchange) {
  const std::string_view target = exchange->header("X-Amzn-SageMaker-Target-Model");
  invoke(exchange, target.empty() ? exchange->names[0] : std::string(target));
}

void ping(const ExchangePtr& exchange) {
  exchange->answer({exchange->inference().ready() ? 200 : 503, "application/json", "", {}});
}

void version(const ExchangePtr& exchange) {
  exchange->answer({200, "text/plain", std::string(kFoveaVersion), {}});
}

JsonObject model_card(const Exchange& exchange, const std::string& name) {
  JsonObject out;
  out["modelName"] = name;
  out["modelUrl"] = exchange.door().folders->of(name);
  return out;
}

void models(const ExchangePtr& exchange) {
  JsonArray all;
  std::string last;
  for (const inference::ModelState& each : exchange->inference().models()) {
    if (each.state != "READY" || each.name == last) continue;
    last = each.name;
    all.emplace_back(model_card(*exchange, each.name));
  }
  JsonObject out;
  out["models"] = std::move(all);
  exchange->answer(200, to_text(out));
}

void model(const ExchangePtr& exchange) {
  const auto found = exchange->inference().model(exchange->names[0], "");
  if (!found) return exchange->refuse(found.error());
  exchange->answer(200, to_text(model_card(*exchange, exchange->names[0])));
}

// A folder below the root where SageMaker puts models, written without a way out of it. Whoever opens it follows no
// link out of it either.
Result<std::string> folder_in(const std::string& url, const std::string& root) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(url).lexically_normal(), base = fs::path(root).lexically_normal();
  const fs::path within = folder.lexically_relative(base);
  if (!folder.is_absolute() || within.empty() || within == "." || *within.begin() == "..") {
    return fail(Code::kPermissionDenied, "is no folder below " + root, "url");
  }
  return folder.string();
}

Result<void> load_request(const ExchangePtr& exchange) {
  const ServingOptions& options = exchange->door().options;
  if (!options.load_folder) {
    return fail(Code::kUnimplemented, "models are those that the server was started with", "model_name");
  }
  FOVEA_TRY(const Json body, exchange->json());
  FOVEA_TRY(const std::string name, text_field(body, "model_name"));
  FOVEA_TRY(const std::string url, text_field(body, "url"));
  if (!is_model_name(name)) return fail(Code::kInvalidArgument, "is no model's name", "model_name");
  FOVEA_TRY(const std::string folder, folder_in(url, options.models_root));
  if (exchange->inference().model(name, "")) return fail(Code::kAlreadyExists, "is loaded", name);
  exchange->order([exchange, name, folder] {
    auto loaded = exchange->door().options.load_folder(name, folder);
    if (loaded) {
      exchange->door().folders->note(name, folder);
      return exchange->answer({200, "application/json", "", {}});
    }
    Refusal refused = refusal(std::move(loaded.error()));
    if (refused.error.code == Code::kResourceExhausted)
      refused.status = 507;  // SageMaker unloads others, and asks again
    exchange->refuse(std::move(refused));
  });
  return {};
}

void load(const ExchangePtr& exchange) {
  if (auto sent = load_request(exchange); !sent) exchange->refuse(std::move(sent.error()));
}

void unload(const ExchangePtr& exchange) {
  exchange->order([exchange] {
    if (auto done = exchange->inference().unload(exchange->names[0]); !done) return exchange->refuse(done.error());
    exchange->door().folders->forget(exchange->names[0]);
    exchange->answer({200, "application/json", "", {}});
  });
}

}  // namespace

void add_invocations_routes(std::vector<Route>& out) {
  const auto add = [&out](const char* method, const char* pattern, access::Needs needs, Dialect dialect,
                          Handle handle) { out.push_back({method, pattern, needs, dialect, handle}); };
  add("GET", "/ping", Right::kAnyone, Dialect::kPlain, ping);
  add("GET", "/version", Right::kLook, Dialect::kPlain, version);
  add("POST", "/invocations", Right::kAsk, Dialect::kMlflow, invocations);
  add("GET", "/models", Right::kLook, Dialect::kPlain, models);
  add("POST", "/models", Right::kOperate, Dialect::kPlain, load);
  add("GET", "/models/{}", Right::kLook, Dialect::kPlain, model);
  add("DELETE", "/models/{}", Right::kOperate, Dialect::kPlain, unload);
  add("POST", "/endpoints/{}/invocations", Right::kAsk, Dialect::kMlflow, invoke_endpoint);
  add("POST", "/models/{}/invoke", Right::kAsk, Dialect::kPlain, invoke_model);
}

}  // namespace fovea::wire
