#include "serve/wire_grpc/callback_queue.h"

#include <grpcpp/grpcpp.h>

#include <future>
#include <memory>

#include "serve/wire_grpc/v2_stub.h"

namespace fovea::grpc_wire {
namespace {

using Service = ::inference::GRPCInferenceService;

// A channel that leads nowhere holds the queue once a call over it has failed.
std::unique_ptr<Service::Stub> hold_queue() {
  auto stub = Service::NewStub(grpc::CreateChannel("", nullptr));
  grpc::ClientContext context;
  ::inference::ServerLiveRequest request;
  ::inference::ServerLiveResponse response;
  std::promise<void> failed;
  stub->async()->ServerLive(&context, &request, &response, [&](const grpc::Status&) { failed.set_value(); });
  failed.get_future().wait();
  return stub;
}

}  // namespace

void keep_callback_queue() {
  [[maybe_unused]] static const Service::Stub* const never_destroyed = hold_queue().release();
}

}  // namespace fovea::grpc_wire
