// The socket side, with client stubs over loopback.
#include "door/grpc/server.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <future>
#include <thread>

#include "door/grpc/calling_test.h"
#include "door/grpc/limits.h"
#include "serve/wire_grpc/health_stub.h"
#include "serve/wire_grpc/reflection_stub.h"
#include "serve/wire_grpc/tei_stub.h"
#include "serve/wire_grpc/v2_stub.h"

namespace fovea::rpc {
namespace {

namespace v2 = ::inference;
using namespace std::chrono_literals;

v2::ModelInferRequest asking(const std::string& text = "a", const std::string& model = "embed") {
  v2::ModelInferRequest out;
  out.set_model_name(model);
  auto& input = *out.add_inputs();
  input.set_name("text");
  input.set_datatype("BYTES");
  input.add_shape(1);
  input.mutable_contents()->add_bytes_contents(text);
  return out;
}

// Of the model that gives back what it gets.
v2::ModelInferRequest asking_back(size_t bytes) {
  v2::ModelInferRequest out;
  out.set_model_name("same_FP32");
  auto& input = *out.add_inputs();
  input.set_name("input");
  input.set_datatype("FP32");
  input.add_shape(1);
  input.add_shape(static_cast<int64_t>(bytes / sizeof(float)));
  out.add_raw_input_contents(std::string(bytes, '\0'));
  return out;
}

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() { start({}); }
  ~ServerTest() override { server_->stop(); }

  void start(ServerOptions options) {
    options.port = 0;
    server_.reset();
    service_ = std::make_unique<Service>(stub_, clock_, open_, service_options_);
    auto started = Server::start(options, *service_);
    ASSERT_TRUE(started) << started.error().text();
    server_ = std::move(*started);
  }
  std::shared_ptr<::grpc::Channel> channel(::grpc::ChannelArguments arguments = {}) {
    arguments.SetMaxReceiveMessageSize(-1);
    arguments.SetInt("grpc.use_local_subchannel_pool", 1);
    return ::grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server_->port()),
                                       ::grpc::InsecureChannelCredentials(), arguments);
  }
  std::unique_ptr<v2::GRPCInferenceService::Stub> client() { return v2::GRPCInferenceService::NewStub(channel()); }
  ::grpc::Status infer(const v2::ModelInferRequest& request, ::grpc::ClientContext& context) {
    v2::ModelInferResponse response;
    return client()->ModelInfer(&context, request, &response);
  }
  bool until(const std::function<bool()>& holds) {
    for (int i = 0; i < 500 && !holds(); ++i) std::this_thread::sleep_for(10ms);
    return holds();
  }

  const SystemClock clock_;
  wire::StubInference stub_;
  access::OpenAccess open_;
  ServiceOptions service_options_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, AnswersAStub) {
  const auto stub = client();
  ::grpc::ClientContext context;
  v2::ModelInferResponse response;
  auto request = asking("hello");
  request.set_id("7");
  const ::grpc::Status status = stub->ModelInfer(&context, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.id(), "7");
  EXPECT_EQ(response.outputs(0).contents().fp32_contents_size(), 4);
  ::grpc::ClientContext other;
  const ::grpc::Status refused = infer(asking("a", "nobody"), other);
  EXPECT_EQ(refused.error_code(), ::grpc::StatusCode::NOT_FOUND);
  EXPECT_NE(refused.error_message().find("nobody"), std::string::npos);
  ::grpc::ClientContext third;
  v2::ServerLiveResponse live;
  EXPECT_TRUE(stub->ServerLive(&third, {}, &live).ok() && live.live());
}

TEST_F(ServerTest, TheCallsDeadlineIsTheRequests) {
  ::grpc::ClientContext context;
  const Nanos before = clock_.steady();
  context.set_deadline(std::chrono::system_clock::now() + 5s);
  ASSERT_TRUE(infer(asking(), context).ok());
  EXPECT_GT(stub_.last.deadline, before + Nanos(4s));
  EXPECT_LE(stub_.last.deadline, clock_.steady() + Nanos(5100ms));  // gRPC sends it rounded up
  ::grpc::ClientContext none;
  ASSERT_TRUE(infer(asking(), none).ok());
  EXPECT_EQ(stub_.last.deadline, Nanos(0));
}

TEST_F(ServerTest, WhenTheDeadlinePassesTheWorkEnds) {
  stub_.hold = true;
  ::grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 100ms);
  EXPECT_EQ(infer(asking(), context).error_code(), ::grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(until([&] { return *stub_.cancelled == 1; }));
  stub_.take_held();
}

TEST_F(ServerTest, ACancelledCallEndsItsWork) {
  stub_.hold = true;
  ::grpc::ClientContext context;
  std::thread canceller([&] {
    until([&] { return stub_.held_count() == 1; });
    context.TryCancel();
  });
  EXPECT_EQ(infer(asking(), context).error_code(), ::grpc::StatusCode::CANCELLED);
  canceller.join();
  EXPECT_TRUE(until([&] { return *stub_.cancelled == 1; }));
  stub_.take_held();
  EXPECT_TRUE(until([&] { return service_->under_way() == 0; }));
}

TEST_F(ServerTest, RefusalsSayWhenToComeAgain) {
  stub_.failure = inference::Failure{{Code::kResourceExhausted, "the queue is full", {}, {}}, Nanos(12ms), true};
  ::grpc::ClientContext context;
  const ::grpc::Status status = infer(asking(), context);
  EXPECT_EQ(status.error_code(), ::grpc::StatusCode::RESOURCE_EXHAUSTED);
  // The client's library takes the pushback for itself; the details carry the same.
  EXPECT_NE(status.error_details().find("google.rpc.RetryInfo"), std::string::npos);
  stub_.failure->error.code = Code::kUnavailable;
  ::grpc::ClientContext second;
  EXPECT_EQ(infer(asking(), second).error_code(), ::grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ServerTest, AnswersThatAreNotTakenAreBounded) {
  constexpr int kRequests = 8;
  constexpr size_t kAnswer = size_t{1} << 17;
  stub_.add_tensor_models();
  service_options_.unsent_bytes_max = 2 * kAnswer + kAnswer / 2;
  start({});
  ::grpc::ChannelArguments little;  // is taken before it is read
  little.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 1 << 14);
  little.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  const auto stub = v2::GRPCInferenceService::NewStub(channel(little));
  ::grpc::ClientContext context;
  const auto stream = stub->ModelStreamInfer(&context);
  const auto request = asking_back(kAnswer);
  for (int i = 0; i < kRequests && stream->Write(request); ++i) continue;
  stream->WritesDone();
  std::this_thread::sleep_for(500ms);  // it reads nothing
  v2::ModelStreamInferResponse response;
  int read = 0;
  for (; stream->Read(&response); ++read) {
    ASSERT_EQ(response.infer_response().raw_output_contents_size(), 1) << response.error_message();
    EXPECT_EQ(response.infer_response().raw_output_contents(0).size(), kAnswer);
  }
  const ::grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), ::grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
  EXPECT_EQ(read, 2) << "what had room came";
  EXPECT_TRUE(until([&] { return service_->unsent().bytes() == 0; }));
  ::grpc::ClientContext after;
  EXPECT_TRUE(infer(asking(), after).ok());
}

TEST_F(ServerTest, AnAnswerThatWasTakenHasRoomAgainWhileItsStreamGoesOn) {
  constexpr size_t kAnswer = size_t{1} << 17;
  stub_.add_tensor_models();
  const auto stub = client();
  ::grpc::ClientContext context;
  const auto stream = stub->ModelStreamInfer(&context);
  const auto request = asking_back(kAnswer);
  v2::ModelStreamInferResponse response;
  ASSERT_TRUE(stream->Write(request) && stream->Read(&response));
  EXPECT_TRUE(until([&] { return service_->unsent().bytes() == 0; })) << service_->unsent().bytes();
  ASSERT_TRUE(stream->Write(request) && stream->Read(&response)) << "it goes on";
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(ServerTest, AStreamBothWays) {
  const auto stub = client();
  ::grpc::ClientContext context;
  const auto stream = stub->ModelStreamInfer(&context);
  v2::ModelStreamInferResponse response;
  for (int i = 0; i < 100; ++i) {
    auto request = asking("text", i % 10 == 3 ? "nobody" : "embed");
    request.set_id(std::to_string(i));
    ASSERT_TRUE(stream->Write(request));
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.infer_response().id(), std::to_string(i));
    EXPECT_EQ(response.error_message().empty(), i % 10 != 3);
  }
  stream->WritesDone();
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(ServerTest, AStreamThatIsHalfClosedAtOnceAndOneThatIsCancelled) {
  const auto stub = client();
  ::grpc::ClientContext context;
  const auto empty = stub->ModelStreamInfer(&context);
  empty->WritesDone();
  EXPECT_TRUE(empty->Finish().ok());
  stub_.hold = true;
  ::grpc::ClientContext second;
  const auto stream = stub->ModelStreamInfer(&second);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(stream->Write(asking()));
  ASSERT_TRUE(until([&] { return stub_.held_count() == 5; }));
  second.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), ::grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(until([&] { return *stub_.cancelled == 5; }));
  stub_.take_held();
  EXPECT_TRUE(until([&] { return service_->under_way() == 0; }));
}

TEST_F(ServerTest, GarbageAndUnknownMethodsHaveStatuses) {
  ::grpc::GenericStub stub(channel());
  const auto status_of = [&](const std::string& method, const std::string& bytes) {
    const ::grpc::Slice slice(bytes);
    ::grpc::ByteBuffer request(&slice, 1), response;
    ::grpc::ClientContext context;
    ::grpc::Status out;
    std::promise<void> done;
    stub.UnaryCall(&context, method, {}, &request, &response, [&](::grpc::Status status) {
      out = std::move(status);
      done.set_value();
    });
    done.get_future().wait();
    return out;
  };
  const std::string infer = "/inference.GRPCInferenceService/ModelInfer";
  EXPECT_EQ(status_of(infer, "\x0f\xff garbage").error_code(), ::grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status_of(infer, "").error_code(), ::grpc::StatusCode::NOT_FOUND);  // no model is named
  EXPECT_EQ(status_of("/inference.GRPCInferenceService/Nothing", "").error_code(), ::grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(status_of("/nothing", "").error_code(), ::grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(ServerTest, MessagesAtTheLimitAndOnePastIt) {
  ServerOptions options;
  options.message_bytes_max = 100'000;
  start(options);
  auto request = asking("");
  const size_t empty = request.ByteSizeLong();
  const auto sized = [&](size_t bytes) {
    std::string text(bytes - empty - 8, 'a');
    auto out = asking(text);
    while (out.ByteSizeLong() < bytes) out = asking(text += 'a');
    EXPECT_EQ(out.ByteSizeLong(), bytes);
    return out;
  };
  ::grpc::ClientContext fits, beyond;
  EXPECT_TRUE(infer(sized(options.message_bytes_max), fits).ok());
  EXPECT_EQ(infer(sized(options.message_bytes_max + 1), beyond).error_code(), ::grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(until([&] { return service_->under_way() == 0; }));
}

TEST_F(ServerTest, PackedMessagesAreUnpackedSoFarAndNoFurther) {
  for (const auto algorithm : {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {
    ::grpc::ClientContext context;
    context.set_compression_algorithm(algorithm);
    v2::ModelInferResponse packed, plain;
    auto request = asking(std::string(2000, 'a'));
    ASSERT_TRUE(client()->ModelInfer(&context, request, &packed).ok());
    ::grpc::ClientContext other;
    ASSERT_TRUE(client()->ModelInfer(&other, request, &plain).ok());
    EXPECT_EQ(packed.SerializeAsString(), plain.SerializeAsString());
  }
  ::grpc::ClientContext bomb;
  bomb.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  const ::grpc::Status status = infer(asking(std::string(8 << 20, 'a')), bomb);  // a thousandth of that on the wire
  EXPECT_EQ(status.error_code(), ::grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_NE(status.error_message().find("unpacks to more"), std::string::npos);
}

TEST_F(ServerTest, HealthReflectionAndTei) {
  const auto channel = this->channel();
  ::grpc::ClientContext context;
  ::grpc::health::v1::HealthCheckRequest request;
  ::grpc::health::v1::HealthCheckResponse health;
  const auto watch = ::grpc::health::v1::Health::NewStub(channel)->Watch(&context, request);
  ASSERT_TRUE(watch->Read(&health));
  EXPECT_EQ(health.status(), ::grpc::health::v1::HealthCheckResponse::SERVING);
  context.TryCancel();
  EXPECT_FALSE(watch->Read(&health));
  EXPECT_TRUE(until([&] { return service_->under_way() == 0; }));
  ::grpc::ClientContext second;
  const auto stream = ::grpc::reflection::v1::ServerReflection::NewStub(channel)->ServerReflectionInfo(&second);
  ::grpc::reflection::v1::ServerReflectionRequest list;
  list.set_list_services("");
  ASSERT_TRUE(stream->Write(list));
  ::grpc::reflection::v1::ServerReflectionResponse listed;
  ASSERT_TRUE(stream->Read(&listed));
  EXPECT_EQ(listed.list_services_response().service_size(), 9);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
  ::grpc::ClientContext third;
  ::tei::v1::RerankRequest rank;
  rank.set_query("q");
  rank.add_texts("a");
  ::tei::v1::RerankResponse ranked;
  EXPECT_TRUE(::tei::v1::Rerank::NewStub(channel)->Rerank(&third, rank, &ranked).ok());
  EXPECT_EQ(ranked.ranks_size(), 1);
}

TEST_F(ServerTest, DrainingLosesNothingThatWasTaken) {
  stub_.hold = true;
  std::vector<::grpc::Status> statuses(4);
  std::vector<std::thread> threads;
  for (auto& status : statuses) {
    threads.emplace_back([&] {
      ::grpc::ClientContext context;
      status = infer(asking(), context);
    });
  }
  ASSERT_TRUE(until([&] { return stub_.held_count() == statuses.size(); }));
  std::atomic<bool> drained{false};
  std::thread drainer([&] { drained = server_->drain(10s); });
  std::this_thread::sleep_for(50ms);
  for (inference::Done& each : stub_.take_held()) {
    each(inference::Reply{*stub_.model("embed", ""), {{{1, 2, 3, 4}, 3, {}, false}}, Nanos(0), Nanos(0), Nanos(0)});
  }
  drainer.join();
  for (std::thread& each : threads) each.join();
  EXPECT_TRUE(drained);
  for (const auto& status : statuses) EXPECT_TRUE(status.ok()) << status.error_message();
  ::grpc::ClientContext late;
  EXPECT_EQ(infer(asking(), late).error_code(), ::grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ServerTest, DrainingEndsWhatTakesTooLong) {
  stub_.hold = true;
  ::grpc::Status status;
  std::thread caller([&] {
    ::grpc::ClientContext context;
    status = infer(asking(), context);
  });
  ASSERT_TRUE(until([&] { return stub_.held_count() == 1; }));
  EXPECT_FALSE(server_->drain(100ms));
  caller.join();
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(*stub_.cancelled, 1);
  stub_.take_held();
}

TEST_F(ServerTest, ConnectionsAtTheLimitAndOnePastIt) {
  ServerOptions options;
  options.connections_max = 3;
  start(options);
  const auto lives = [&](const std::shared_ptr<::grpc::Channel>& one) {
    ::grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + 5s);
    v2::ServerLiveResponse response;
    return v2::GRPCInferenceService::NewStub(one)->ServerLive(&context, {}, &response).error_code();
  };
  std::vector<std::shared_ptr<::grpc::Channel>> channels;
  for (size_t i = 0; i < options.connections_max; ++i) {
    channels.push_back(channel());
    ASSERT_EQ(lives(channels.back()), ::grpc::StatusCode::OK) << i;
  }
  EXPECT_EQ(server_->connections(), options.connections_max);
  const auto past = channel();
  EXPECT_EQ(lives(past), ::grpc::StatusCode::UNAVAILABLE);
  for (const auto& each : channels) EXPECT_EQ(lives(each), ::grpc::StatusCode::OK);  // they stay as they are
  channels.pop_back();                                                               // one goes, another may come
  ASSERT_TRUE(until([&] { return server_->connections() < options.connections_max; }));
  EXPECT_TRUE(until([&] { return lives(past) == ::grpc::StatusCode::OK; }));
  EXPECT_EQ(server_->connections(), options.connections_max);
}

TEST_F(ServerTest, OnePortOneServer) {
  ServerOptions options;
  options.port = server_->port();
  EXPECT_EQ(Server::start(options, *service_).error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace fovea::rpc
