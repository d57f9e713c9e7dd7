// gRPC's server reflection, v1 and v1alpha: which services there are, and the descriptors of their messages.
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <set>

#include "door/grpc/limits.h"
#include "door/grpc/message.h"
#include "door/grpc/method.h"
#include "serve/wire_grpc/health_messages.h"
#include "serve/wire_grpc/reflection_messages.h"
#include "serve/wire_grpc/tei_messages.h"
#include "serve/wire_grpc/v2_messages.h"

namespace fovea::rpc {
namespace {

namespace pb = ::google::protobuf;

// The files of our services, and those that they import.
void collect(const pb::FileDescriptor* file, std::set<const pb::FileDescriptor*>& seen) {
  if (!seen.insert(file).second) return;
  for (int i = 0; i < file->dependency_count(); ++i) collect(file->dependency(i), seen);
}

std::vector<const pb::FileDescriptor*> files() {
  return {::inference::ModelInferRequest::descriptor()->file(), ::tei::v1::InfoRequest::descriptor()->file(),
          ::grpc::health::v1::HealthCheckRequest::descriptor()->file(),
          ::grpc::reflection::v1::ServerReflectionRequest::descriptor()->file(),
          ::grpc::reflection::v1alpha::ServerReflectionRequest::descriptor()->file()};
}

// Only what this door speaks is shown, not whatever else the program has in its pool.
bool is_ours(const pb::FileDescriptor* file) {
  std::set<const pb::FileDescriptor*> seen;
  for (const auto* each : files()) collect(each, seen);
  return seen.contains(file);
}

const pb::FileDescriptor* file_for(const std::string& name, bool symbol) {
  if (name.size() > kSymbolBytesMax) return nullptr;
  const auto* pool = pb::DescriptorPool::generated_pool();
  const auto* file = symbol ? pool->FindFileContainingSymbol(name) : pool->FindFileByName(name);
  return file && is_ours(file) ? file : nullptr;
}

template <typename Response>
void set_error(Code code, std::string text, Response& out) {
  out.mutable_error_response()->set_error_code(static_cast<int>(code));
  out.mutable_error_response()->set_error_message(std::move(text));
}

template <typename Response>
void set_file(const pb::FileDescriptor* file, Response& out) {
  if (!file) return set_error(Code::kNotFound, "there is no such file or symbol", out);
  std::set<const pb::FileDescriptor*> needed;
  collect(file, needed);
  needed.erase(file);
  std::vector<const pb::FileDescriptor*> in_order = {file};
  in_order.insert(in_order.end(), needed.begin(), needed.end());
  for (const auto* each : in_order) {
    pb::FileDescriptorProto described;
    each->CopyTo(&described);
    out.mutable_file_descriptor_response()->add_file_descriptor_proto(described.SerializeAsString());
  }
}

template <typename Request, typename Response>
Result<void> reflect(const CallPtr& call) {
  FOVEA_TRY(const Request request, read_message<Request>(call->message()));
  Response out;
  out.set_valid_host(request.host());
  *out.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case Request::kListServices:
      for (const auto* file : files()) {
        for (int i = 0; i < file->service_count(); ++i) {
          out.mutable_list_services_response()->add_service()->set_name(file->service(i)->full_name());
        }
      }
      break;
    case Request::kFileByFilename:
      set_file(file_for(request.file_by_filename(), false), out);
      break;
    case Request::kFileContainingSymbol:
      set_file(file_for(request.file_containing_symbol(), true), out);
      break;
    case Request::kFileContainingExtension:
      set_error(Code::kNotFound, "there is no extension", out);
      break;
    case Request::kAllExtensionNumbersOfType:
      if (file_for(request.all_extension_numbers_of_type(), true)) {
        out.mutable_all_extension_numbers_response()->set_base_type_name(request.all_extension_numbers_of_type());
      } else {
        set_error(Code::kNotFound, "there is no such type", out);
      }
      break;
    case Request::MESSAGE_REQUEST_NOT_SET:
      set_error(Code::kInvalidArgument, "nothing is asked", out);
      break;
  }
  call->answer(write_message(out));
  return {};
}

namespace v1 = ::grpc::reflection::v1;
namespace v1alpha = ::grpc::reflection::v1alpha;

}  // namespace

void add_reflection_methods(std::vector<Method>& out) {
  const auto add = [&out](const char* version, Handle how) {
    out.push_back({std::string("/grpc.reflection.") + version + ".ServerReflection/ServerReflectionInfo",
                   access::Right::kLook, Kind::kStream, how, nullptr});
  };
  add("v1", handle<reflect<v1::ServerReflectionRequest, v1::ServerReflectionResponse>>);
  add("v1alpha", handle<reflect<v1alpha::ServerReflectionRequest, v1alpha::ServerReflectionResponse>>);
}

}  // namespace fovea::rpc
