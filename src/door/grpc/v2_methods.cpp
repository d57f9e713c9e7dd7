// KServe v2 over gRPC, with Triton's extensions: streams, configuration, statistics, the repository. Shared memory is
// off, traces and logs are not set from here: their status is empty, changing them is kUnimplemented.
#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include "base/json.h"
#include "door/grpc/infer_message.h"
#include "door/grpc/limits.h"
#include "door/grpc/message.h"
#include "door/grpc/method.h"
#include "door/wire/infer_inputs.h"
#include "door/wire/infer_outputs.h"
#include "door/wire/model_name.h"
#include "door/wire/v2_describe.h"
#include "serve/wire_grpc/v2_messages.h"

namespace fovea::rpc {
namespace {

namespace v2 = ::inference;

// What v2_describe.h says in JSON is the JSON form of these messages; what it says beyond them is for HTTP alone.
Result<void> fill(const Json& json, ::google::protobuf::Message& out) {
  ::google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto status = ::google::protobuf::util::JsonStringToMessage(to_text(json), &out, options);
  if (status.ok()) return {};
  return fail(Code::kInternal, "a description does not fit its message: " + std::string(status.message()));
}

Result<void> server_live(const CallPtr& call) {
  v2::ServerLiveResponse out;
  out.set_live(true);
  call->answer(write_message(out));
  return {};
}

Result<void> server_ready(const CallPtr& call) {
  v2::ServerReadyResponse out;
  out.set_ready(call->inference().ready());
  call->answer(write_message(out));
  return {};
}

Result<void> model_ready(const CallPtr& call) {
  FOVEA_TRY(const auto request, read_message<v2::ModelReadyRequest>(call->message()));
  v2::ModelReadyResponse out;
  out.set_ready(call->model(request.name(), request.version()).has_value());
  call->answer(write_message(out));
  return {};
}

Result<void> server_metadata(const CallPtr& call) {
  v2::ServerMetadataResponse out;
  FOVEA_OK(fill(wire::server_metadata(), out));
  call->answer(write_message(out));
  return {};
}

Result<void> model_metadata(const CallPtr& call) {
  FOVEA_TRY(const auto request, read_message<v2::ModelMetadataRequest>(call->message()));
  FOVEA_TRY(const wire::ModelPtr model, call->model(request.name(), request.version()));
  v2::ModelMetadataResponse out;
  FOVEA_OK(fill(wire::model_metadata(*model, call->inference().models()), out));
  call->answer(write_message(out));
  return {};
}

Result<void> model_config(const CallPtr& call) {
  FOVEA_TRY(const auto request, read_message<v2::ModelConfigRequest>(call->message()));
  FOVEA_TRY(const wire::ModelPtr model, call->model(request.name(), request.version()));
  v2::ModelConfigResponse out;
  FOVEA_OK(fill(wire::model_config(*model), *out.mutable_config()));
  call->answer(write_message(out));
  return {};
}

Result<void> add_statistics(const Call& call, const std::string& name, const std::string& version,
                            v2::ModelStatisticsResponse& out) {
  FOVEA_TRY(const wire::ModelPtr model, call.model(name, version));
  FOVEA_TRY(const inference::Statistics statistics, call.inference().statistics(name, version));
  return fill(wire::model_statistics(model->info, statistics), *out.add_model_stats());
}

Result<void> model_statistics(const CallPtr& call) {
  FOVEA_TRY(const auto request, read_message<v2::ModelStatisticsRequest>(call->message()));
  v2::ModelStatisticsResponse out;
  if (!request.name().empty()) {
    FOVEA_OK(add_statistics(*call, request.name(), request.version(), out));
  } else {
    for (const inference::ModelState& each : call->inference().models()) {
      const auto added =
          add_statistics(*call, each.name, each.version, out);  // else it is not there, or not for this key
      if (!added && added.error().code == Code::kInternal) return added;
    }
  }
  call->answer(write_message(out));
  return {};
}

Result<void> repository_index(const CallPtr& call) {
  FOVEA_TRY(const auto request, read_message<v2::RepositoryIndexRequest>(call->message()));
  JsonObject json;
  json["models"] = wire::repository_index(call->inference().models(), request.ready());
  v2::RepositoryIndexResponse out;
  FOVEA_OK(fill(json, out));
  call->answer(write_message(out));
  return {};
}

using Change = Result<void> (*)(inference::Inference& inference, const std::string& name, const std::string& version);

Result<void> load(inference::Inference& inference, const std::string& name, const std::string& version) {
  return inference.load(name, version);
}

Result<void> unload(inference::Inference& inference, const std::string& name, const std::string&) {
  return inference.unload(name);
}

// Parameter "version" of a load: a number or an alias, loaded beside what serves. Empty: none is named.
template <typename Request>
Result<std::string> version_of(const Request& request) {
  const auto found = request.parameters().find("version");
  if (found == request.parameters().end()) return "";
  if (found->second.has_int64_param()) return std::to_string(found->second.int64_param());
  if (wire::is_model_name(found->second.string_param())) return found->second.string_param();
  return fail(Code::kInvalidArgument, "is no version or alias", "parameters.version", "a text");
}

// Parameters that would change a model are refused, what does not matter for ours is left.
template <typename Request, typename Response, Change kWhat>
Result<void> change(const CallPtr& call) {
  FOVEA_TRY(const auto request, read_message<Request>(call->message()));
  for (const auto& [name, value] : request.parameters()) {
    if (name != "config" && !name.starts_with("file:")) continue;
    return fail(Code::kUnimplemented, "a model is loaded as its folder has it", "parameters");
  }
  if (!wire::is_model_name(request.model_name())) {
    return fail(Code::kInvalidArgument, "is no name of a model", "model_name");
  }
  FOVEA_TRY(std::string version, version_of(request));
  call->order([call, name = request.model_name(), version = std::move(version)] {
    auto done = kWhat(call->inference(), name, version);
    if (!done) return call->refuse(std::move(done.error()));
    call->answer(write_message(Response()));
  });
  return {};
}

template <Form kForm>
Result<void> infer(const CallPtr& call) {
  FOVEA_TRY(InferMessage read,
            read_infer_message(call->message(), [&](const std::string& name, const std::string& version) {
              return call->model(name, version);
            }));
  auto asked = std::make_shared<InferMessage>(std::move(read));
  const inference::Model& model = *asked->model;
  FOVEA_OK(wire::check_outputs(asked->request.outputs, model.info));
  FOVEA_TRY(wire::InferInputs inputs, wire::inputs_of(asked->request, model));
  call->finish_within(asked->request.timeout);
  inference::Call work;
  work.model = model.info.name;
  work.version = asked->version;
  work.priority = wire::priority_of(asked->request.priority, call->caller.priority);
  work.cut = asked->request.cut;
  work.inputs = std::move(inputs.inputs);
  call->submit(std::move(work), [asked, padded = inputs.padded](const inference::Reply& reply) {
    return write_infer_message(*asked, reply, padded, kForm);
  });
  return {};
}

std::string refused_in_stream(const Ending& ending, const Call& call) {
  return stream_refusal(ending, call.message());
}

template <typename Response>
Result<void> nothing(const CallPtr& call) {
  call->answer(write_message(Response()));
  return {};
}

Result<void> no_shared_memory(const CallPtr&) {
  return fail(Code::kUnimplemented, "shared memory is off", {}, "send the tensors in the request");
}

template <typename Request, typename Response>
Result<void> settings(const CallPtr& call) {
  FOVEA_TRY(const auto request, read_message<Request>(call->message()));
  if (!request.settings().empty()) return fail(Code::kUnimplemented, "it is not set from here", "settings");
  call->answer(write_message(Response()));
  return {};
}

}  // namespace

void add_v2_methods(std::vector<Method>& out) {
  using access::Right;
  const auto add = [&out](const char* name, Right right, Handle how) {
    out.push_back({std::string("/inference.GRPCInferenceService/") + name, right, Kind::kUnary, how, nullptr});
  };
  add("ServerLive", Right::kAnyone, handle<server_live>);
  add("ServerReady", Right::kAnyone, handle<server_ready>);
  add("ModelReady", Right::kAnyone, handle<model_ready>);
  add("ServerMetadata", Right::kLook, handle<server_metadata>);
  add("ModelMetadata", Right::kLook, handle<model_metadata>);
  add("ModelConfig", Right::kLook, handle<model_config>);
  add("ModelStatistics", Right::kLook, handle<model_statistics>);
  add("ModelInfer", Right::kAsk, handle<infer<Form::kResponse>>);
  out.push_back({"/inference.GRPCInferenceService/ModelStreamInfer", Right::kAsk, Kind::kStream,
                 handle<infer<Form::kStreamResponse>>, refused_in_stream});
  add("RepositoryIndex", Right::kLook, handle<repository_index>);
  add("RepositoryModelLoad", Right::kOperate,
      handle<change<v2::RepositoryModelLoadRequest, v2::RepositoryModelLoadResponse, load>>);
  add("RepositoryModelUnload", Right::kOperate,
      handle<change<v2::RepositoryModelUnloadRequest, v2::RepositoryModelUnloadResponse, unload>>);
  add("SystemSharedMemoryStatus", Right::kLook, handle<nothing<v2::SystemSharedMemoryStatusResponse>>);
  add("SystemSharedMemoryRegister", Right::kOperate, handle<no_shared_memory>);
  add("SystemSharedMemoryUnregister", Right::kOperate, handle<nothing<v2::SystemSharedMemoryUnregisterResponse>>);
  add("CudaSharedMemoryStatus", Right::kLook, handle<nothing<v2::CudaSharedMemoryStatusResponse>>);
  add("CudaSharedMemoryRegister", Right::kOperate, handle<no_shared_memory>);
  add("CudaSharedMemoryUnregister", Right::kOperate, handle<nothing<v2::CudaSharedMemoryUnregisterResponse>>);
  add("TraceSetting", Right::kOperate, handle<settings<v2::TraceSettingRequest, v2::TraceSettingResponse>>);
  add("LogSettings", Right::kOperate, handle<settings<v2::LogSettingsRequest, v2::LogSettingsResponse>>);
}

}  // namespace fovea::rpc
