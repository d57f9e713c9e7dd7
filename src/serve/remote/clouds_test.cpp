// SageMaker and Vertex as their documents have them, on loopback: signatures, tokens, event streams.
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/digest.h"
#include "base/json.h"
#include "serve/remote/credentials.h"
#include "serve/remote/event_stream.h"
#include "serve/remote/google_token.h"
#include "serve/remote/scripted_model_test.h"

namespace fovea::remote {
namespace {

struct Clouds : RemoteTest {
  Clouds() {
    ::setenv("FOVEA_TEST_AWS_ID", "AKIDEXAMPLE", 1);
    ::setenv("FOVEA_TEST_AWS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", 1);
  }
};

const std::string kSageMaker =
    "remote: sagemaker\nendpoint: triage\nshape: ray-serve\ntask: embedding\nwidth: 2\n"
    "json: { input: /inputs, output: /rows }\ntarget_variant: blue\n"
    "auth: { aws_access_key: \"${FOVEA_TEST_AWS_ID}\", aws_secret_key: \"${FOVEA_TEST_AWS_KEY}\", aws_region: "
    "eu-west-1 }\n";

TEST_F(Clouds, SageMakerIsSigned) {
  ScriptedHttp server([](const ScriptedRequest&) {
    return ScriptedReply{200, "Content-Type: application/json\r\nx-Amzn-Invoked-Production-Variant: blue\r\n",
                         R"({"rows":[[1,2]]})"};
  });
  const auto outcome = ask(*open("url: " + server.url() + "\n" + kSageMaker), "hi");
  ASSERT_TRUE(outcome) << outcome.error().error.text();
  const auto request = server.requests().at(0);
  EXPECT_EQ(request.target, "/endpoints/triage/invocations");
  EXPECT_EQ(request.header("X-Amzn-SageMaker-Target-Variant"), "blue");
  const std::string signature = request.header("Authorization");
  EXPECT_TRUE(signature.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")) << signature;
  EXPECT_NE(signature.find("/eu-west-1/sagemaker/aws4_request"), std::string::npos) << signature;
  EXPECT_FALSE(request.header("X-Amz-Date").empty());
}

TEST_F(Clouds, SageMakerMayStream) {
  ScriptedHttp server([](const ScriptedRequest&) {
    const auto part = [](std::string payload) {
      return event_message_bytes({{{":message-type", "event"}, {":event-type", "PayloadPart"}}, std::move(payload)});
    };
    return ScriptedReply{200, "Content-Type: application/vnd.amazon.eventstream\r\n",
                         part(R"({"rows":)") + part("[[1,2]]}")};
  });
  const auto outcome = ask(*open("url: " + server.url() + "\n" + kSageMaker + "stream: true\n"), "hi");
  ASSERT_TRUE(outcome) << outcome.error().error.text();
  EXPECT_EQ((*outcome)[0].values[1], 2);
  EXPECT_EQ(server.requests().at(0).target, "/endpoints/triage/invocations-response-stream");
}

TEST_F(Clouds, AModelErrorOfSageMakerSaysWhatTheContainerSaid) {
  ScriptedHttp server([](const ScriptedRequest&) {
    return ScriptedReply{424, "Content-Type: application/json\r\n",
                         R"({"Message":"Received client error 400","OriginalStatusCode":400})"};
  });
  const auto outcome = ask(*open("url: " + server.url() + "\n" + kSageMaker), "hi");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().error.code, Code::kInternal);
  EXPECT_NE(outcome.error().error.message.find("Received client error"), std::string::npos);
}

// A key of 2,048 bits and its public half.
struct RsaKey {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_RSA_gen(2048), EVP_PKEY_free};
  std::string pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out.get(), &bytes);
    return std::string(bytes, static_cast<size_t>(size));
  }
  bool verifies(std::string_view text, std::string_view signature) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get());
    return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                            reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
  }
};

std::string from_base64_url(std::string text) {
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  while (text.size() % 4 != 0) text += '=';
  return *from_base64(text);
}

TEST(GoogleToken, AnAssertionIsSignedAndSaysForWhom) {
  const RsaKey key;
  const std::string jwt = *service_account_jwt({"me@project.example", "k1", key.pem(), "https://t.example/token"},
                                               TimePoint{1'700'000'000'000'000'000});
  const size_t first = jwt.find('.'), second = jwt.rfind('.');
  EXPECT_TRUE(key.verifies(jwt.substr(0, second), from_base64_url(jwt.substr(second + 1))));
  EXPECT_EQ(from_base64_url(jwt.substr(0, first)), R"({"alg":"RS256","typ":"JWT","kid":"k1"})");
  const Json claims = *parse_json(from_base64_url(jwt.substr(first + 1, second - first - 1)));
  EXPECT_EQ(text_or(member(claims, "iss"), ""), "me@project.example");
  EXPECT_EQ(text_or(member(claims, "aud"), ""), "https://t.example/token");
  EXPECT_EQ(number_or(member(claims, "exp"), 0) - number_or(member(claims, "iat"), 0), 3600);
}

TEST(GoogleToken, KeysThatAreNoneAreRefused) {
  EXPECT_EQ(read_service_account("{}").error().code, Code::kInvalidArgument);
  EXPECT_EQ(
      read_service_account(R"({"client_email":"a","private_key":"b","token_uri":"http://x.example/"})").error().code,
      Code::kPermissionDenied);
  EXPECT_EQ(service_account_jwt({"a", "b", "no pem", "https://x.example"}, {}).error().code, Code::kInvalidArgument);
}

TEST_F(Clouds, VertexTakesATokenOnceAndAgainWhenItIsRefused) {
  const RsaKey key;
  std::atomic<int> tokens{0}, refuse{0};
  ScriptedHttp server([&](const ScriptedRequest& request) {
    if (request.target == "/token") {
      EXPECT_TRUE(
          request.body.starts_with("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="));
      return ScriptedReply{200, "",
                           R"({"access_token":"token-)" + std::to_string(++tokens) + R"(","expires_in":3599})"};
    }
    EXPECT_EQ(request.target, "/v1/projects/p/locations/l/endpoints/1:predict");
    if (refuse > 0) {
      --refuse;
      return ScriptedReply{401, "", R"({"error":{"code":401,"message":"expired token-1","status":"UNAUTHENTICATED"}})"};
    }
    EXPECT_EQ(request.header("Authorization"), "Bearer token-" + std::to_string(tokens));
    return ScriptedReply{200, "", R"({"predictions":[[1,2]]})"};
  });
  ASSERT_TRUE(files.write_atomic(folder + "/key.json", to_text(JsonObject{{"client_email", "me@p.example"},
                                                                          {"private_key_id", "k"},
                                                                          {"private_key", key.pem()},
                                                                          {"token_uri", server.url("/token")}})));
  const auto backend = open("remote: vertex\nurl: " + server.url("/v1/projects/p/locations/l/endpoints/1") +
                            "\ntask: embedding\nwidth: 2\nauth: { google_key: \"${file:key.json}\" }\n");
  for (int i = 0; i < 3; ++i) {
    const auto outcome = ask(*backend, "x");
    EXPECT_TRUE(outcome) << outcome.error().error.text();
  }
  EXPECT_EQ(tokens, 1);
  refuse = 1;
  const auto refused = ask(*backend, "x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.message.find("token-1"), std::string::npos) << refused.error().error.message;
  EXPECT_TRUE(ask(*backend, "x"));
  EXPECT_EQ(tokens, 2);
}

TEST_F(Clouds, ATokenServerThatRefusesIsSaid) {
  const RsaKey key;
  ScriptedHttp server([](const ScriptedRequest&) { return ScriptedReply{400, "", R"({"error":"invalid_grant"})"}; });
  ASSERT_TRUE(files.write_atomic(folder + "/key.json", to_text(JsonObject{{"client_email", "me@p.example"},
                                                                          {"private_key_id", "k"},
                                                                          {"private_key", key.pem()},
                                                                          {"token_uri", server.url("/token")}})));
  const auto outcome = ask(*open("remote: vertex\nurl: " + server.url("/e") +
                                 "\ntask: embedding\nwidth: 2\nauth: { google_key: \"${file:key.json}\" }\n"),
                           "x");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().error.code, Code::kInternal);
  EXPECT_NE(outcome.error().error.message.find("service account is refused"), std::string::npos);
}

}  // namespace
}  // namespace fovea::remote
