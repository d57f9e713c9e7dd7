#include "door/load/payload.h"

#include <gtest/gtest.h>

namespace fovea::load {
namespace {

const Target kTarget = parse_target("http://localhost:8080/base").value();

std::string only(RequestForm form, const std::string& text) {
  if (form.model.empty()) form.model = "m";
  const auto payloads = make_payloads(form, kTarget, {text});
  EXPECT_TRUE(payloads.has_value());
  return payloads->front().after.empty() ? payloads->front().before
                                         : payloads->front().before + "NUMBER" + payloads->front().after;
}

constexpr std::string_view kHead =
    " HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: fovea-bench-load\r\nAccept: */*\r\n";

TEST(Payload, V2InJson) {
  const std::string body = R"({"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["say \"hi\""]}]})";
  EXPECT_EQ(only({.timeout = std::chrono::milliseconds(50), .token = "abc"}, "say \"hi\""),
            "POST /base/v2/models/m/infer" + std::string(kHead) +
                "Authorization: Bearer abc\r\nx-request-timeout-ms: 50\r\nContent-Type: application/json\r\n"
                "Content-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
}

TEST(Payload, V2InBinaryTensors) {
  const std::string json =
      R"({"parameters":{"binary_data_output":true},"inputs":[{"name":"t","shape":[1],"datatype":"BYTES",)"
      R"("parameters":{"binary_data_size":9}}]})";
  EXPECT_EQ(only({.binary = true, .input = "t"}, "hello"),
            "POST /base/v2/models/m/infer" + std::string(kHead) +
                "Content-Type: application/octet-stream\r\nInference-Header-Content-Length: " +
                std::to_string(json.size()) + "\r\nContent-Length: " + std::to_string(json.size() + 9) + "\r\n\r\n" +
                json + std::string("\5\0\0\0hello", 9));
}

TEST(Payload, V2OfModelsThatAreBatched) {
  EXPECT_NE(only({.batched = true}, "a").find(R"("shape":[1,1],"datatype":"BYTES","data":["a"])"), std::string::npos);
  EXPECT_NE(only({.binary = true, .batched = true}, "a").find(R"("shape":[1,1],)"), std::string::npos);
}

TEST(Payload, OpenAiTeiAndEvents) {
  const std::string openai = only({.protocol = Protocol::kOpenAi, .binary = true}, "a");
  EXPECT_TRUE(openai.starts_with("POST /base/v1/embeddings HTTP/1.1\r\n")) << openai;
  EXPECT_TRUE(
      openai.ends_with("\r\n\r\n"
                       R"({"model":"m","input":"a","encoding_format":"base64"})"))
      << openai;
  const std::string tei = only({.protocol = Protocol::kTei}, "a");
  EXPECT_TRUE(tei.starts_with("POST /base/embed HTTP/1.1\r\n")) << tei;
  EXPECT_TRUE(
      tei.ends_with("\r\n\r\n"
                    R"({"inputs":["a"],"truncate":true})"))
      << tei;
  const std::string event = only({.protocol = Protocol::kEvents, .model = "smoke", .seed = 255}, "a");
  EXPECT_TRUE(event.starts_with("POST /base/v1/events/smoke HTTP/1.1\r\n")) << event;
  EXPECT_NE(event.find("\r\nce-id: ff-NUMBER\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n"),
            std::string::npos)
      << event;
  EXPECT_TRUE(event.ends_with(R"({"text":"a"})")) << event;
  EXPECT_TRUE(only({.protocol = Protocol::kFlow, .model = "smoke"}, "a").starts_with("POST /base/v1/decide/smoke "));
}

TEST(Payload, RefusesNamesThatWouldEndALine) {
  for (const char* name : {"", "a b", "a\r\nHost: b", "a?b", "\xC3\xA4"}) {
    EXPECT_EQ(make_payloads({.model = name}, kTarget, {"a"}).error().where, "--model") << name;
  }
  EXPECT_TRUE(make_payloads({.model = "org/model-1.0_x"}, kTarget, {"a"}).has_value());
  EXPECT_EQ(make_payloads({.model = "m", .token = "a\nb"}, kTarget, {"a"}).error().where, "--token-env");
}

}  // namespace
}  // namespace fovea::load
