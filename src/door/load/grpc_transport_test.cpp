#include "door/load/grpc_transport.h"

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "door/load/grpc_message.h"
#include "door/load/load.h"
#include "serve/wire_grpc/v2_stub.h"

namespace fovea::load {
namespace {

namespace v2 = ::inference;

// Answers with the text's length; refuses, fails or lies as the texts' model tells it.
class Scripted final : public v2::GRPCInferenceService::Service {
 public:
  ::grpc::Status ModelInfer(::grpc::ServerContext* context, const v2::ModelInferRequest* request,
                            v2::ModelInferResponse* response) override {
    const uint64_t number = asked++;
    const std::string& model = request->model_name();
    deadline = context->deadline();
    const auto key = context->client_metadata().find("authorization");
    authorization = key == context->client_metadata().end() ? "" : std::string(key->second.data(), key->second.size());
    if (model == "full" && number % 2 == 1) {
      if (number % 4 == 1) return {::grpc::StatusCode::RESOURCE_EXHAUSTED, "the queue is full"};
      context->AddTrailingMetadata("grpc-retry-pushback-ms", "5");
      return {::grpc::StatusCode::UNAVAILABLE, "later"};
    }
    if (model == "broken" && number > 0) return {::grpc::StatusCode::INTERNAL, "it broke"};
    if (model == "slow" && number > 0) std::this_thread::sleep_for(std::chrono::milliseconds(400));
    const auto& input = request->inputs(0);
    const bool raw = request->raw_input_contents_size() != 0;
    auto& output = *response->add_outputs();
    output.set_name("embedding");
    output.set_datatype("FP32");
    output.add_shape(1);
    output.add_shape(1);
    float value =
        static_cast<float>(raw ? request->raw_input_contents(0).size() - 4 : input.contents().bytes_contents(0).size());
    if (model == "lies" && number > 0) value = NAN;
    if (raw) {
      response->add_raw_output_contents(std::string(reinterpret_cast<const char*>(&value), sizeof value));
    } else {
      output.mutable_contents()->add_fp32_contents(value);
    }
    return ::grpc::Status::OK;
  }

  std::atomic<uint64_t> asked{0};
  std::atomic<std::chrono::system_clock::time_point> deadline;
  std::string authorization;
};

class GrpcTransport : public ::testing::Test {
 protected:
  GrpcTransport() {
    ::grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", ::grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&script_);
    server_ = builder.BuildAndStart();
  }
  ~GrpcTransport() override { server_->Shutdown(std::chrono::system_clock::now()); }

  Result<LoadReport> run(const std::string& model, bool binary = false, int64_t give_up_ms = 5000) {
    LoadOptions options;
    options.url = "http://127.0.0.1:" + std::to_string(port_);
    options.form.protocol = Protocol::kV2Grpc;
    options.form.model = model;
    options.form.binary = binary;
    options.form.token = "secret";
    options.form.timeout = std::chrono::seconds(3);
    options.rate = 200;
    options.duration_ns = 500'000'000;
    options.objective_ns = 200'000'000;
    options.give_up_ns = give_up_ms * 1'000'000;
    return run_load(options);
  }

  int port_ = 0;
  Scripted script_;
  std::unique_ptr<::grpc::Server> server_;
};

TEST_F(GrpcTransport, AllThatIsDueIsSentAndAnswered) {
  for (const bool binary : {false, true}) {
    const auto report = run("good", binary);
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_GT(report->tally.offered, 50U);
    EXPECT_EQ(report->tally.admitted, report->tally.offered);
    EXPECT_EQ(report->tally.checked, report->tally.offered);
    EXPECT_EQ(report->tally.latency.count(), report->tally.offered);
  }
  EXPECT_EQ(script_.authorization, "Bearer secret");
  EXPECT_LT(script_.deadline.load(), std::chrono::system_clock::now() + std::chrono::seconds(4));  // rounded on the way
}

TEST_F(GrpcTransport, RefusalsAreToldFromFailures) {
  const auto full = run("full");
  ASSERT_TRUE(full) << full.error().text();
  EXPECT_GT(full->tally.refused, 20U);
  EXPECT_EQ(full->tally.admitted + full->tally.refused, full->tally.offered);
  script_.asked = 0;
  const auto broken = run("broken");
  ASSERT_TRUE(broken) << broken.error().text();
  EXPECT_EQ(broken->tally.failed, broken->tally.offered);
  ASSERT_TRUE(broken->tally.failures.contains("status INTERNAL"));
  EXPECT_EQ(broken->tally.failures.find("status INTERNAL")->second.first, "it broke");
  script_.asked = 0;
  const auto lies = run("lies");
  ASSERT_TRUE(lies) << lies.error().text();
  EXPECT_TRUE(lies->tally.failures.contains("wrong answer"));
}

TEST_F(GrpcTransport, WhatIsNotAnsweredIsGivenUp) {
  const auto report = run("slow", false, 100);
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_TRUE(report->tally.failures.contains("gave up"));
  EXPECT_EQ(report->tally.admitted + report->tally.failed, report->tally.offered);
}

TEST(GrpcMessage, WhatIsNoAnswer) {
  EXPECT_FALSE(check_grpc_answer("\x0f\xff"));
  EXPECT_FALSE(check_grpc_answer(""));
  v2::ModelInferResponse response;
  auto& output = *response.add_outputs();
  output.set_name("x");
  output.set_datatype("FP32");
  output.add_shape(1);
  output.add_shape(2);
  output.mutable_contents()->add_fp32_contents(1);
  EXPECT_FALSE(check_grpc_answer(response.SerializeAsString()));  // one number for two
  output.mutable_contents()->add_fp32_contents(1);
  EXPECT_TRUE(check_grpc_answer(response.SerializeAsString()));
  output.set_shape(0, 2);
  EXPECT_FALSE(check_grpc_answer(response.SerializeAsString()));  // of two texts
  RequestForm form;
  form.model = "m";
  form.binary = true;
  v2::ModelInferRequest request;
  ASSERT_TRUE(request.ParseFromString(grpc_request(form, "abc")));
  EXPECT_EQ(request.raw_input_contents(0), std::string("\x03\0\0\0"
                                                       "abc",
                                                       7));
  EXPECT_EQ(request.inputs(0).shape_size(), 1);
  form.batched = true;
  ASSERT_TRUE(request.ParseFromString(grpc_request(form, "abc")));
  EXPECT_EQ(request.inputs(0).shape_size(), 2);
}

}  // namespace
}  // namespace fovea::load
