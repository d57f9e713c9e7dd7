// One call as gRPC runs it: its messages are read when its Session wants them, answers are written one after another,
// and its end is told once. Lives until gRPC is done with the call. For server.cpp only: sees gRPC.
// Threads: gRPC's and those that answer; a mutex orders them. Nothing of a Session is called while it is held.
#pragma once

#include <grpcpp/generic/async_generic_service.h>

#include "door/grpc/service.h"

namespace fovea::rpc {

using CallCount = std::shared_ptr<std::atomic<size_t>>;

// `live`: counts it until gRPC is done with the call.
::grpc::ServerGenericBidiReactor* make_reactor(Service& service, const Clock& clock, CallCount live,
                                               ::grpc::GenericCallbackServerContext& context);

}  // namespace fovea::rpc
