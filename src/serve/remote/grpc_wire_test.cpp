// What does not need a server; against one: tests/serve.
#include "serve/remote/grpc_wire.h"

#include "serve/remote/scripted_model_test.h"

namespace fovea::remote {
namespace {

std::string file_of(const std::string& url, const std::string& more = "") {
  return "remote: v2-grpc\nurl: " + url + "\nmodel: m\ntask: embedding\nwidth: 2\n" + more;
}

TEST_F(RemoteTest, AGrpcAddressSaysWhetherItIsTls) {
  const auto refused = [&](const std::string& yaml) {
    const auto made = open_remote_model("away", *options(yaml), {fetch, files, clock});
    EXPECT_FALSE(made) << yaml;
    return made ? Code::kUnknown : made.error().code;
  };
  const std::string secret = "auth: { bearer: \"${FOVEA_TEST_KEY}\" }\n";
  EXPECT_EQ(refused(file_of("http://127.0.0.1:1")), Code::kInvalidArgument);
  EXPECT_EQ(refused(file_of("grpc://")), Code::kInvalidArgument);
  EXPECT_EQ(refused(file_of("grpc://models.example.com:8001", secret)), Code::kPermissionDenied);
  EXPECT_EQ(refused(file_of("grpcs://h:1", "tls: { ca: nothing.pem }\n")), Code::kNotFound);
  EXPECT_TRUE(open(file_of("grpc://127.0.0.1:1", secret)));
  EXPECT_TRUE(open(file_of("grpcs://models.example.com:8001", secret)));
}

TEST_F(RemoteTest, NobodyThereIsUnavailableOverGrpcToo) {
  std::string url;
  {
    ScriptedHttp gone([](const ScriptedRequest&) { return ScriptedReply{}; });
    url = "grpc://127.0.0.1:" + std::to_string(gone.port());
  }
  const auto backend = open(file_of(url, "retry: { backoff: 1ms }\n"));
  const auto outcome = ask(*backend, {{"x", {}, false}}, std::chrono::seconds(5));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().error.code, Code::kUnavailable) << outcome.error().error.text();
  EXPECT_TRUE(outcome.error().retry_helps);
}

// The last channel of gRPC's callbacks goes with each of them.
TEST_F(RemoteTest, ModelsOverGrpcComeAndGo) {
  for (int i = 0; i < 30; ++i) {
    const auto backend = open(file_of("grpc://127.0.0.1:1", "retry: { attempts: 1 }\n"));
    EXPECT_FALSE(ask(*backend, {{"x", {}, false}}, std::chrono::milliseconds(200)));
  }
}

TEST_F(RemoteTest, WhatIsNoGrpcIsAnErrorAndNotAWait) {
  ScriptedHttp http([](const ScriptedRequest&) { return ScriptedReply{200, "", "{}"}; });
  const auto backend = open(file_of("grpc://127.0.0.1:" + std::to_string(http.port())));
  const Nanos begun = clock.steady();
  const auto outcome = ask(*backend, {{"x", {}, false}}, std::chrono::milliseconds(800));
  ASSERT_FALSE(outcome);
  EXPECT_LT(clock.steady() - begun, std::chrono::seconds(5));
}

}  // namespace
}  // namespace fovea::remote
