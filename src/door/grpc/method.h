// Every method that the gRPC door answers, in one table, so that one place can authorise and one test can walk all.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "door/grpc/call.h"

namespace fovea::rpc {

enum class Kind : uint8_t {
  kUnary,
  kStream,    // each message is answered, in their order
  kGathered,  // many messages, one answer
  kWatched    // one message, answers until somebody ends it
};

using Handle = void (*)(const CallPtr&);
using Wrap = std::string (*)(const Ending&, const Call&);

struct Method {
  std::string name;  // "/inference.GRPCInferenceService/ModelInfer"
  access::Needs needs;
  Kind kind = Kind::kUnary;
  Handle handle = nullptr;
  Wrap wrap = nullptr;  // of kStream: a refusal as a message; nullptr: it ends the stream
};

void add_v2_methods(std::vector<Method>& out);
void add_tei_methods(std::vector<Method>& out);
void add_health_methods(std::vector<Method>& out);
void add_reflection_methods(std::vector<Method>& out);

std::vector<Method> all_methods();

// For handlers whose request can be wrong: an error refuses the call.
template <Result<void> (*kTry)(const CallPtr&)>
void handle(const CallPtr& call) {
  if (auto tried = kTry(call); !tried) call->refuse(std::move(tried.error()));
}

}  // namespace fovea::rpc
