#include "serve/wire_grpc/callback_queue.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <future>

#include "serve/wire_grpc/v2_stub.h"

namespace fovea::grpc_wire {
namespace {

// Without it some of these would end the process, or wait for ever where the last channel goes in a call's end.
TEST(CallbackQueue, TheLastChannelMayGoAtAnyTimeAndAnywhere) {
  keep_callback_queue();
  keep_callback_queue();
  for (int i = 0; i < 50; ++i) {
    auto channel = grpc::CreateChannel("127.0.0.1:1", grpc::InsecureChannelCredentials());
    auto stub = ::inference::GRPCInferenceService::NewStub(channel);
    channel.reset();
    grpc::ClientContext context;
    ::inference::ServerLiveRequest request;
    ::inference::ServerLiveResponse response;
    std::promise<grpc::StatusCode> ended;
    stub->async()->ServerLive(&context, &request, &response, [&](const grpc::Status& status) {
      if (i % 2 == 0) stub.reset();
      ended.set_value(status.error_code());
    });
    EXPECT_EQ(ended.get_future().get(), grpc::StatusCode::UNAVAILABLE);
  }
}

}  // namespace
}  // namespace fovea::grpc_wire
