#include "door/inference/v2_api.h"

#include <fmt/format.h>

#include "door/inference/header_text.h"
#include "door/inference/infer_reply.h"
#include "door/inference/infer_request.h"
#include "door/wire/infer_inputs.h"
#include "door/wire/infer_outputs.h"
#include "door/wire/v2_describe.h"

namespace fovea::wire {
namespace {

constexpr std::string_view kJsonBytes = "Inference-Header-Content-Length";

const std::string& model_in(const Exchange& exchange) {
  return exchange.names.at(0);
}
std::string version_in(const Exchange& exchange) {
  return exchange.names.size() > 1 ? exchange.names[1] : "";
}

void live(const ExchangePtr& exchange) {
  exchange->answer({200, "application/json", "", {}});
}

void ready(const ExchangePtr& exchange) {
  const int status = exchange->inference().ready() ? 200 : exchange->door().options.v2_not_ready_status;
  exchange->answer({status, "application/json", "", {}});
}

void server(const ExchangePtr& exchange) {
  exchange->answer(200, to_text(server_metadata()));
}

void model_ready(const ExchangePtr& exchange) {
  const auto model = exchange->inference().model(model_in(*exchange), version_in(*exchange));
  if (model) return exchange->answer({200, "application/json", "", {}});
  if (model.error().code == Code::kNotFound) return exchange->refuse(model.error());
  Refusal refused = refusal(model.error());
  refused.status = exchange->door().options.v2_not_ready_status;
  exchange->refuse(std::move(refused));
}

void model(const ExchangePtr& exchange) {
  const auto found = exchange->inference().model(model_in(*exchange), version_in(*exchange));
  if (!found) return exchange->refuse(found.error());
  exchange->answer(200, to_text(model_metadata(**found, exchange->inference().models())));
}

void config(const ExchangePtr& exchange) {
  const auto found = exchange->inference().model(model_in(*exchange), version_in(*exchange));
  if (!found) return exchange->refuse(found.error());
  exchange->answer(200, to_text(model_config(**found)));
}

Result<JsonObject> statistics_of(const inference::Inference& inference, const std::string& name,
                                 const std::string& version) {
  FOVEA_TRY(const auto model, inference.model(name, version));
  FOVEA_TRY(const inference::Statistics statistics, inference.statistics(name, version));
  return model_statistics(model->info, statistics);
}

void answer_statistics(const ExchangePtr& exchange, JsonArray all) {
  JsonObject out;
  out["model_stats"] = std::move(all);
  exchange->answer(200, to_text(out));
}

void statistics(const ExchangePtr& exchange) {
  auto one = statistics_of(exchange->inference(), model_in(*exchange), version_in(*exchange));
  if (!one) return exchange->refuse(std::move(one.error()));
  answer_statistics(exchange, JsonArray{std::move(*one)});
}

void all_statistics(const ExchangePtr& exchange) {
  JsonArray all;
  for (const inference::ModelState& each : exchange->inference().models()) {
    auto one = statistics_of(exchange->inference(), each.name, each.version);
    if (one) all.emplace_back(std::move(*one));  // else it went since, or is not loaded
  }
  answer_statistics(exchange, std::move(all));
}

void infer(const ExchangePtr& exchange) {
  const std::string_view given = exchange->header(kJsonBytes);
  std::optional<size_t> json_bytes;
  if (!given.empty()) {
    const auto number = whole_number(given);
    if (!number) {
      return exchange->refuse({Code::kInvalidArgument, "is no whole number of bytes", std::string(kJsonBytes), {}});
    }
    json_bytes = static_cast<size_t>(*number);
  }
  v2_infer(exchange, model_in(*exchange), version_in(*exchange), json_bytes);
}

void index(const ExchangePtr& exchange) {
  bool ready_only = false;
  if (!trimmed(exchange->request.body).empty()) {
    const auto json = exchange->json();
    if (!json) return exchange->refuse(json.error());
    const Json& ready = member(*json, "ready");
    if (!ready.is_null() && !ready.is_bool()) {
      return exchange->refuse({Code::kInvalidArgument, "is neither true nor false", "ready", {}});
    }
    ready_only = ready.is_bool() && ready.get_bool();
  }
  exchange->answer(200, to_text(repository_index(exchange->inference().models(), ready_only)));
}

// Parameters that would change a model are refused, what does not matter for ours is left.
Result<void> check_load(const Exchange& exchange) {
  if (trimmed(exchange.request.body).empty()) return {};
  FOVEA_TRY(const Json json, exchange.json());
  const auto* parameters = member(json, "parameters").if_object();
  if (!parameters) return {};
  for (const auto& each : *parameters) {
    const std::string_view name = each.key();
    if (name == "config" || name.starts_with("file:")) {
      return fail(Code::kUnimplemented, "a model is loaded as its folder has it", "parameters");
    }
  }
  return {};
}

// {"parameters": {"version": "candidate"}}: that version, or the one that an alias names, beside what serves.
std::string version_to_load(const Exchange& exchange) {
  const auto json = exchange.json();
  return json ? std::string(text_or(member(member(*json, "parameters"), "version"), "")) : "";
}

void load(const ExchangePtr& exchange) {
  if (auto checked = check_load(*exchange); !checked) return exchange->refuse(std::move(checked.error()));
  exchange->order([exchange, version = version_to_load(*exchange)] {
    auto done = exchange->inference().load(exchange->names.back(), version);
    if (!done) return exchange->refuse(std::move(done.error()));
    exchange->answer({200, "application/json", "", {}});
  });
}

void unload(const ExchangePtr& exchange) {
  if (auto checked = check_load(*exchange); !checked) return exchange->refuse(std::move(checked.error()));
  exchange->order([exchange] {
    auto done = exchange->inference().unload(exchange->names.back());
    if (!done) return exchange->refuse(std::move(done.error()));
    exchange->answer({200, "application/json", "", {}});
  });
}

void no_regions(const ExchangePtr& exchange) {
  exchange->answer(200, "[]");
}

void nothing_registered(const ExchangePtr& exchange) {
  exchange->answer({200, "application/json", "", {}});
}

void no_shared_memory(const ExchangePtr& exchange) {
  exchange->refuse({Code::kUnimplemented, "shared memory is off", {}, "send the tensors in the request"});
}

}  // namespace

void v2_infer(const ExchangePtr& exchange, const std::string& name, const std::string& version,
              std::optional<size_t> json_bytes, const std::string& binary_type) {
  const auto model = exchange->inference().model(name, version);
  if (!model) return exchange->refuse(model.error());
  auto read = read_infer_request(exchange->request.body, json_bytes, (*model)->info);
  if (!read) return exchange->refuse(std::move(read.error()));
  auto request = std::make_shared<InferRequest>(std::move(*read));
  if (auto known = check_outputs(request->outputs, (*model)->info); !known) {
    return exchange->refuse(std::move(known.error()));
  }
  auto inputs = inputs_of(*request, **model);
  if (!inputs) return exchange->refuse(std::move(inputs.error()));
  exchange->finish_within(request->timeout);
  inference::Call call;
  call.model = name;
  call.version = version;
  call.priority = priority_of(request->priority, exchange->caller.priority);
  call.cut = request->cut;
  call.inputs = std::move(inputs->inputs);
  exchange->submit(
      std::move(call),
      [request, padded = inputs->padded, binary_type](const inference::Reply& reply) -> Result<http::Response> {
        FOVEA_TRY(InferReply made, infer_reply(*request, reply, padded));
        http::Response response{200, "application/json", std::move(made.body), {}};
        if (made.json_bytes && binary_type.empty()) {
          response.content_type = "application/octet-stream";
          response.headers.emplace_back(kJsonBytes, std::to_string(*made.json_bytes));
        } else if (made.json_bytes) {
          response.content_type = binary_type + std::to_string(*made.json_bytes);
        }
        return response;
      });
}

void add_v2_routes(std::vector<Route>& out) {
  const auto add = [&out](const char* method, std::string pattern, access::Needs needs, Handle handle) {
    out.push_back({method, std::move(pattern), needs, Dialect::kPlain, handle});
  };
  add("GET", "/v2/health/live", Right::kAnyone, live);
  add("GET", "/v2/health/ready", Right::kAnyone, ready);
  add("GET", "/v2", Right::kLook, server);
  add("GET", "/v2/models/stats", Right::kLook, all_statistics);
  for (const std::string model_path : {"/v2/models/{}", "/v2/models/{}/versions/{}"}) {
    add("GET", model_path, Right::kLook, model);
    add("GET", model_path + "/ready", Right::kAnyone, model_ready);
    add("GET", model_path + "/config", Right::kLook, config);
    add("GET", model_path + "/stats", Right::kLook, statistics);
    add("POST", model_path + "/infer", Right::kAsk, infer);
  }
  for (const std::string repository : {"/v2/repository", "/v2/repository/{}"}) {
    add("POST", repository + "/index", Right::kLook, index);
    add("POST", repository + "/models/{}/load", Right::kOperate, load);
    add("POST", repository + "/models/{}/unload", Right::kOperate, unload);
  }
  for (const std::string memory : {"/v2/systemsharedmemory", "/v2/cudasharedmemory"}) {
    add("GET", memory + "/status", Right::kLook, no_regions);
    add("GET", memory + "/region/{}/status", Right::kLook, no_regions);
    add("POST", memory + "/region/{}/register", Right::kOperate, no_shared_memory);
    add("POST", memory + "/region/{}/unregister", Right::kOperate, nothing_registered);
    add("POST", memory + "/unregister", Right::kOperate, nothing_registered);
  }
}

}  // namespace fovea::wire
