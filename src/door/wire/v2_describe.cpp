#include "door/wire/v2_describe.h"

#include "base/version.h"
#include "door/wire/feed.h"
#include "door/wire/infer_outputs.h"

namespace fovea::wire {
namespace {

constexpr std::string_view kReady = "READY";

JsonArray tensors(const std::vector<TensorInfo>& infos) {
  JsonArray out;
  for (const TensorInfo& each : infos) {
    JsonObject one;
    one["name"] = each.name;
    one["datatype"] = datatype_name(each.datatype);
    one["shape"] = JsonArray(each.shape.begin(), each.shape.end());
    out.emplace_back(std::move(one));
  }
  return out;
}

// Triton's configuration calls BYTES a string, and puts TYPE_ before the names.
// With a batch dimension the shapes are those of a row.
JsonArray config_tensors(const std::vector<TensorInfo>& infos, bool inputs, bool batches) {
  JsonArray out;
  for (const TensorInfo& each : infos) {
    JsonObject one;
    one["name"] = each.name;
    one["data_type"] =
        each.datatype == Datatype::kBytes ? "TYPE_STRING" : "TYPE_" + std::string(datatype_name(each.datatype));
    one["dims"] = JsonArray(each.shape.begin() + (batches && !each.shape.empty() ? 1 : 0), each.shape.end());
    if (inputs) one["optional"] = each.optional;
    out.emplace_back(std::move(one));
  }
  return out;
}

// Triton's names for other people's graphs; ours for what the engine runs.
std::string platform_of(const inference::ModelInfo& info) {
  return takes_tensors(info) ? info.architecture : "fovea_" + info.architecture;
}

// Without the inputs that most clients do not give.
void keep_usual(std::vector<TensorInfo>& inputs, const inference::Model& model) {
  std::erase_if(inputs, [&](const TensorInfo& each) {
    return each.name == "attention_mask" ? model.reads_texts() : each.optional;
  });
}

JsonObject duration(uint64_t count, Nanos ns) {
  JsonObject out;
  out["count"] = count;
  out["ns"] = ns.count();
  return out;
}

JsonObject shadow_state(const inference::ShadowState& from) {
  return {{"version", from.version},    {"share", from.share},       {"copies", from.copies},
          {"dropped", from.dropped},    {"answered", from.answered}, {"failed", from.failed},
          {"compared", from.compared},  {"agreed", from.agreed},     {"largest_difference", from.largest_difference},
          {"p50_ns", from.p50.count()}, {"p99_ns", from.p99.count()}};
}

JsonObject canary_state(const inference::CanaryState& from) {
  return {{"version", from.version},
          {"state", from.state},
          {"step", from.step},
          {"steps", from.steps},
          {"share", from.share},
          {"answered", from.answered},
          {"failed", from.failed},
          {"p99_ns", from.p99.count()},
          {"primary_p99_ns", from.primary_p99.count()},
          {"events", JsonArray(from.events.begin(), from.events.end())}};
}

}  // namespace

JsonObject server_metadata() {
  JsonObject out;
  out["name"] = "fovea";
  out["version"] = kFoveaVersion;
  out["extensions"] = {"classification",     "model_repository", "schedule_policy", "model_configuration",
                       "binary_tensor_data", "parameters",       "statistics"};
  return out;
}

JsonObject model_metadata(const inference::Model& model, const std::vector<inference::ModelState>& states) {
  JsonObject out;
  out["name"] = model.info.name;
  JsonArray versions;
  for (const inference::ModelState& each : states) {
    if (each.name == model.info.name && each.state == kReady) versions.emplace_back(each.version);
  }
  if (versions.empty()) versions.emplace_back(model.info.version);
  out["versions"] = std::move(versions);
  out["platform"] = platform_of(model.info);
  std::vector<TensorInfo> inputs = inputs_of_model(model);
  if (!takes_tensors(model.info)) keep_usual(inputs, model);
  out["inputs"] = tensors(inputs);
  out["outputs"] = tensors(outputs_of_model(model.info));
  return out;
}

JsonObject model_config(const inference::Model& model) {
  JsonObject out;
  out["name"] = model.info.name;
  const std::string platform = platform_of(model.info);
  const bool batches = model.info.batch_max > 0;
  out["platform"] = platform;
  out["backend"] = takes_tensors(model.info) ? platform.substr(0, platform.find('_')) : "fovea";
  JsonObject latest;
  latest["num_versions"] = 1;
  JsonObject policy;
  policy["latest"] = std::move(latest);
  out["version_policy"] = std::move(policy);
  out["max_batch_size"] = model.info.batch_max;  // 0: shapes say their first dimension themselves
  out["input"] = config_tensors(inputs_of_model(model), true, batches);
  out["output"] = config_tensors(outputs_of_model(model.info), false, batches);
  JsonObject parameters;
  const auto add = [&](const char* name, std::string value) {
    JsonObject parameter;
    parameter["string_value"] = std::move(value);
    parameters[name] = std::move(parameter);
  };
  add("task", std::string(inference::task_name(model.info.task)));
  add("architecture", model.info.architecture);
  add("precision", model.info.precision);
  add("digest", model.info.digest);
  add("tokens_max", std::to_string(model.info.tokens_max));
  out["parameters"] = std::move(parameters);
  return out;
}

JsonObject model_statistics(const inference::ModelInfo& info, const inference::Statistics& from) {
  const uint64_t good = from.requests > from.failures ? from.requests - from.failures : 0;
  JsonObject times;
  times["success"] = duration(good, from.waited + from.tokenized + from.computed);
  times["fail"] = duration(from.failures, Nanos(0));
  times["queue"] = duration(good, from.waited);
  times["compute_input"] = duration(good, from.tokenized);
  times["compute_infer"] = duration(good, from.computed);
  times["compute_output"] = duration(good, Nanos(0));
  times["cache_hit"] = duration(from.cache_hits, Nanos(0));
  times["cache_miss"] = duration(from.cache_misses, Nanos(0));
  JsonObject out;
  out["name"] = info.name;
  out["version"] = info.version;
  out["last_inference"] = from.last_ms;
  out["inference_count"] = from.inferences;
  out["execution_count"] = from.groups;
  out["inference_stats"] = std::move(times);
  out["response_stats"] = JsonObject();
  out["batch_stats"] = JsonArray();
  JsonObject memory;
  memory["type"] = "CPU";
  memory["id"] = 0;
  memory["byte_size"] = info.bytes;
  out["memory_usage"] = JsonArray{std::move(memory)};
  if (from.rollout) {
    JsonObject rollout;
    if (from.rollout->shadow) rollout["shadow"] = shadow_state(*from.rollout->shadow);
    if (from.rollout->canary) rollout["canary"] = canary_state(*from.rollout->canary);
    out["rollout"] = std::move(rollout);
  }
  return out;
}

JsonArray repository_index(const std::vector<inference::ModelState>& states, bool ready_only) {
  JsonArray out;
  for (const inference::ModelState& each : states) {
    if (ready_only && each.state != kReady) continue;
    JsonObject one;
    one["name"] = each.name;
    one["version"] = each.version;
    one["state"] = each.state;
    one["reason"] = each.reason;
    out.emplace_back(std::move(one));
  }
  return out;
}

}  // namespace fovea::wire
