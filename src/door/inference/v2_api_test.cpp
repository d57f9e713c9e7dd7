#include "door/inference/v2_api.h"

#include <cmath>

#include "door/inference/calling_test.h"
#include "door/inference/content_coding.h"

namespace fovea::wire {
namespace {

class V2Api : public Calling {
 protected:
  static std::string refused(const http::Response& response) {
    return std::string(text_or(member(json_of(response), "error"), "no error"));
  }
  http::Response infer(std::string model, std::string body, http::Headers headers = {}) {
    return post("/v2/models/" + model + "/infer", std::move(body), std::move(headers));
  }
};

constexpr const char* kTwoTexts =
    R"({"inputs":[{"name":"text","shape":[2],"datatype":"BYTES","data":["hello world","you"]}]})";

TEST_F(V2Api, HealthHasNoBody) {
  for (const char* path :
       {"/v2/health/live", "/v2/health/ready", "/v2/models/embed/ready", "/v2/models/embed/versions/1/ready"}) {
    const http::Response response = get(path);
    EXPECT_EQ(response.status, 200) << path;
    EXPECT_EQ(response.body, "") << path;
  }
  EXPECT_EQ(get("/v2/models/nobody/ready").status, 404);
  EXPECT_EQ(get("/v2/models/embed/versions/9/ready").status, 404);
  stub_.is_ready = false;
  EXPECT_EQ(get("/v2/health/ready").status, 503);
  EXPECT_EQ(get("/v2/health/live").status, 200);
  ServingOptions options;
  options.v2_not_ready_status = 400;
  serve(options);
  EXPECT_EQ(get("/v2/health/ready").status, 400);
}

TEST_F(V2Api, MetadataSaysWhatAModelTakesAndGives) {
  EXPECT_EQ(member(json_of(get("/v2/")), "name"), "fovea");
  EXPECT_EQ(to_text(member(json_of(get("/v2/models/embed")), "inputs")),
            R"([{"name":"text","datatype":"BYTES","shape":[-1]}])");
  EXPECT_EQ(to_text(member(json_of(get("/v2/models/embed")), "outputs")),
            R"([{"name":"embedding","datatype":"FP32","shape":[-1,4]}])");
  const Json sentiment = json_of(get("/v2/models/sentiment/versions/1"));
  EXPECT_EQ(
      to_text(member(sentiment, "outputs")),
      R"([{"name":"label","datatype":"BYTES","shape":[-1]},{"name":"probabilities","datatype":"FP32","shape":[-1,3]},)"
      R"({"name":"logits","datatype":"FP32","shape":[-1,3]}])");
  EXPECT_EQ(to_text(member(sentiment, "versions")), R"(["1"])");
  EXPECT_EQ(to_text(member(json_of(get("/v2/models/bare")), "inputs")),
            R"([{"name":"input_ids","datatype":"INT64","shape":[-1,-1]},)"
            R"({"name":"attention_mask","datatype":"INT64","shape":[-1,-1]}])");
  const Json config = json_of(get("/v2/models/embed/config"));
  EXPECT_EQ(member(config, "max_batch_size"), 0);
  EXPECT_EQ(to_text(member(config, "input").at(0)),
            R"({"name":"text","data_type":"TYPE_STRING","dims":[-1],"optional":false})");
  EXPECT_EQ(refused(get("/v2/models/nobody")), "nobody: there is no such model");
}

TEST_F(V2Api, AnswersTextsInJson) {
  const http::Response response = infer("embed", kTwoTexts);
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.content_type, "application/json");
  const Json json = json_of(response);
  EXPECT_EQ(member(json, "model_name"), "embed");
  EXPECT_EQ(member(json, "model_version"), "1");
  const Json& output = json.at("outputs").at(0);
  EXPECT_EQ(to_text(member(output, "shape")), "[2,4]");
  std::vector<float> want = row_of("hello world", 4);
  const std::vector<float> second = row_of("you", 4);
  want.insert(want.end(), second.begin(), second.end());
  EXPECT_EQ(floats_in(member(output, "data")), want);
  EXPECT_TRUE(std::get<std::vector<inference::Text>>(stub_.last.inputs)[1].first == "you");
}

TEST_F(V2Api, TheGoldenBytesOfABinaryRequestAndItsAnswer) {
  const std::string header =
      R"({"id":"7","inputs":[{"name":"text","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":22}}],)"
      R"("outputs":[{"name":"label","parameters":{"binary_data":true}},)"
      R"({"name":"logits","parameters":{"binary_data":true}}]})";
  const http::Response response = infer("sentiment", header + element("hello world") + element("you"),
                                        {{"inference-header-content-length", std::to_string(header.size())}});
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.content_type, "application/octet-stream");
  const size_t json_bytes = std::stoul(header_in(response, "Inference-Header-Content-Length"));
  EXPECT_EQ(response.body.substr(0, json_bytes),
            R"({"id":"7","model_name":"sentiment","model_version":"1","outputs":[)"
            R"({"name":"label","datatype":"BYTES","shape":[2],"parameters":{"binary_data_size":23}},)"
            R"({"name":"logits","datatype":"FP32","shape":[2,3],"parameters":{"binary_data_size":24}}]})");
  const std::string bytes = response.body.substr(json_bytes);
  ASSERT_EQ(bytes.size(), 23u + 24u);
  const std::vector<float> first = row_of("hello world", 3), second = row_of("you", 3);
  std::vector<float> want = first;
  want.insert(want.end(), second.begin(), second.end());
  EXPECT_EQ(floats_in(std::string_view(bytes).substr(23)), want);
  uint32_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  const size_t best = static_cast<size_t>(std::ranges::max_element(first) - first.begin());
  EXPECT_EQ(bytes.substr(4, length), (std::vector<std::string>{"negative", "neutral", "positive"})[best]);
}

TEST_F(V2Api, BinaryForAllOutputsAndTheirExceptions) {
  const http::Response all = infer("sentiment", R"({"parameters":{"binary_data_output":true},"inputs":[
    {"name":"text","shape":[1,1],"datatype":"BYTES","data":[["a"]]}]})");
  EXPECT_EQ(all.content_type, "application/octet-stream") << all.body;
  const http::Response some = infer("sentiment", R"({"parameters":{"binary_data_output":true},"inputs":[
    {"name":"text","shape":[1],"datatype":"BYTES","data":["a"]}],
    "outputs":[{"name":"label","parameters":{"binary_data":false}}]})");
  EXPECT_EQ(some.content_type, "application/json") << some.body;
  EXPECT_TRUE(header_in(some, "Inference-Header-Content-Length").empty());
}

TEST_F(V2Api, ARawBodyIsOneText) {
  const http::Response response = infer("embed", "hello world", {{"Inference-Header-Content-Length", "0"}});
  ASSERT_EQ(response.status, 200) << response.body;
  const size_t json_bytes = std::stoul(header_in(response, "Inference-Header-Content-Length"));
  EXPECT_EQ(floats_in(std::string_view(response.body).substr(json_bytes)), row_of("hello world", 4));
}

TEST_F(V2Api, TokenIdsWithoutTheirPaddingGiveTheRowOfTheText) {
  tokenize::Encoding a, b;
  StubTokenizer().encode("hello world", 16, a);
  StubTokenizer().encode("you", 16, b);
  ASSERT_EQ(a.ids.size(), 4u);
  ASSERT_EQ(b.ids.size(), 3u);
  const std::string header =
      R"({"inputs":[{"name":"input_ids","shape":[2,4],"datatype":"INT64","parameters":{"binary_data_size":64}},)"
      R"({"name":"attention_mask","shape":[2,4],"datatype":"INT64","parameters":{"binary_data_size":64}},)"
      R"({"name":"token_type_ids","shape":[2,4],"datatype":"INT64","data":[0,0,0,0,0,0,0,0]}]})";
  const std::string body = header + int64s({a.ids[0], a.ids[1], a.ids[2], a.ids[3], b.ids[0], b.ids[1], b.ids[2], 0}) +
                           int64s({1, 1, 1, 1, 1, 1, 1, 0});
  const http::Response response =
      infer("bare", body, {{"Inference-Header-Content-Length", std::to_string(header.size())}});
  ASSERT_EQ(response.status, 200) << response.body;
  std::vector<float> want = row_of("hello world", 4);
  const std::vector<float> second = row_of("you", 4);
  want.insert(want.end(), second.begin(), second.end());
  EXPECT_EQ(floats_in(json_of(response).at("outputs").at(0).at("data")), want);
  EXPECT_EQ(std::get<std::vector<inference::Ids>>(stub_.last.inputs)[1].ids, b.ids);
}

TEST_F(V2Api, TokensOfTextsAreRowsAndTokensOfIdsArePadded) {
  const Json texts = json_of(infer("ner", kTwoTexts));
  ASSERT_EQ(texts.at("outputs").as_array().size(), 6u);
  EXPECT_EQ(to_text(texts.at("outputs").at(2).at("shape")), "[7,2]");
  EXPECT_EQ(to_text(texts.at("outputs").at(3).at("data")), "[0,0,0,0,1,1,1]");
  EXPECT_EQ(to_text(texts.at("outputs").at(4).at("data")), "[0,0,6,0,0,0,0]");
  EXPECT_EQ(to_text(texts.at("outputs").at(5).at("data")), "[0,5,11,0,0,3,0]");
  const Json ids = json_of(
      infer("ner", R"({"inputs":[{"name":"input_ids","shape":[2,3],"datatype":"INT64","data":[[1,20,2],[1,2,0]]},
    {"name":"attention_mask","shape":[2,3],"datatype":"INT64","data":[[1,1,1],[1,1,0]]}]})"));
  ASSERT_EQ(ids.at("outputs").as_array().size(), 3u) << to_text(ids);
  EXPECT_EQ(to_text(ids.at("outputs").at(0).at("shape")), "[2,3]");
  EXPECT_EQ(ids.at("outputs").at(0).at("data").at(5), "");
  EXPECT_EQ(to_text(ids.at("outputs").at(2).at("shape")), "[2,3,2]");
}

TEST_F(V2Api, PairsOfTexts) {
  const Json json = json_of(infer("rank", R"({"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["q"]},
    {"name":"text_pair","shape":[1],"datatype":"BYTES","data":["d e"]}],
    "outputs":[{"name":"score"},{"name":"logits"}]})"));
  const double score = number_or(json.at("outputs").at(0).at("data").at(0), -1);
  const double logit = number_or(json.at("outputs").at(1).at("data").at(0), -9);
  EXPECT_NEAR(score, 1 / (1 + std::exp(-logit)), 1e-6);
  EXPECT_EQ(infer("rank", R"({"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["q"]}]})").status, 400);
}

TEST_F(V2Api, ClassificationNamesTheGreatest) {
  const Json json =
      json_of(infer("sentiment", R"({"inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["hello world"]}],
    "outputs":[{"name":"logits","parameters":{"classification":2}}]})"));
  const Json& output = json.at("outputs").at(0);
  EXPECT_EQ(to_text(output.at("shape")), "[1,2]");
  EXPECT_EQ(text_or(output.at("datatype"), ""), "BYTES");
  const std::vector<float> row = row_of("hello world", 3);
  const size_t best = static_cast<size_t>(std::ranges::max_element(row) - row.begin());
  char text[64];
  std::snprintf(text, sizeof text, "%f:%zu:%s", static_cast<double>(row[best]), best,
                std::vector<const char*>{"negative", "neutral", "positive"}[best]);
  EXPECT_EQ(text_or(output.at("data").at(0), ""), text);
}

TEST_F(V2Api, TimeoutAndPriorityReachTheScheduler) {
  infer("embed",
        R"({"parameters":{"timeout":5000,"priority":1},
      "inputs":[{"name":"text","shape":[1],"datatype":"BYTES","data":["a"]}]})",
        {{"x-request-timeout-ms", "100"}});
  EXPECT_EQ(stub_.last.deadline, clock_.steady() + std::chrono::milliseconds(5));
  EXPECT_EQ(stub_.last.priority, schedule::Priority::kInteractive);
  infer("embed", kTwoTexts, {{"X-Request-Timeout-Ms", "100"}});
  EXPECT_EQ(stub_.last.deadline, clock_.steady() + std::chrono::milliseconds(100));
  EXPECT_EQ(stub_.last.priority, schedule::Priority::kStandard);
  infer("embed", kTwoTexts);
  EXPECT_EQ(stub_.last.deadline, Nanos(0));
  for (const char* bad : {"0", "-1", "1.5", "soon", "99999999999999999999"}) {
    EXPECT_EQ(infer("embed", kTwoTexts, {{"x-request-timeout-ms", bad}}).status, 400) << bad;
  }
}

TEST_F(V2Api, ARefusalSaysWhenToComeAgain) {
  stub_.failure = inference::Failure{
      {Code::kResourceExhausted, "too much waits", {}, {}}, std::chrono::microseconds(1'200'500), true};
  http::Response response = infer("embed", kTwoTexts);
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(header_in(response, "Retry-After"), "2");
  EXPECT_EQ(header_in(response, "retry-after-ms"), "1201");
  EXPECT_EQ(header_in(response, "x-should-retry"), "true");
  stub_.failure = inference::Failure{{Code::kDeadlineExceeded, "it would be late", {}, {}}, Nanos(0), false};
  response = infer("embed", kTwoTexts);
  EXPECT_EQ(response.status, 504);
  EXPECT_EQ(header_in(response, "x-should-retry"), "false");
  EXPECT_EQ(header_in(response, "Retry-After"), "");
  const std::pair<Code, int> statuses[] = {
      {Code::kInvalidArgument, 400}, {Code::kOutOfRange, 400},    {Code::kNotFound, 404}, {Code::kUnavailable, 503},
      {Code::kInternal, 500},        {Code::kUnimplemented, 501}, {Code::kCancelled, 499}};
  for (const auto& [code, status] : statuses) {
    stub_.failure = inference::Failure{{code, "no", {}, {}}, Nanos(0), true};
    EXPECT_EQ(infer("embed", kTwoTexts).status, status);
  }
}

TEST_F(V2Api, CompressedBothWays) {
  for (const char* coding : {"gzip", "deflate"}) {
    const http::Response response = infer("embed", pack(coding, kTwoTexts), {{"Content-Encoding", coding}});
    EXPECT_EQ(response.status, 200) << response.body;
  }
  std::string many = R"({"inputs":[{"name":"text","shape":[500],"datatype":"BYTES","data":[)";
  for (int i = 0; i < 500; ++i) many += i == 0 ? "\"a\"" : ",\"a\"";
  many += "]}]}";
  const http::Response plain = infer("embed", many);
  for (const char* coding : {"gzip", "deflate"}) {
    const http::Response response =
        infer("embed", many, {{"Accept-Encoding", std::string("br, ") + coding + ";q=0.5"}});
    ASSERT_EQ(header_in(response, "Content-Encoding"), coding);
    EXPECT_EQ(*unpack(coding, response.body), plain.body);
  }
  EXPECT_EQ(header_in(infer("embed", many, {{"Accept-Encoding", "gzip;q=0, br"}}), "Content-Encoding"), "");
  EXPECT_EQ(infer("embed", kTwoTexts, {{"Content-Encoding", "zstd"}}).status, 415);
  EXPECT_EQ(infer("embed", pack("gzip", kTwoTexts).substr(0, 40), {{"Content-Encoding", "gzip"}}).status, 400);
  EXPECT_EQ(infer("embed", pack("gzip", std::string(20 << 20, ' ')), {{"Content-Encoding", "gzip"}}).status, 413);
}

TEST_F(V2Api, WhatHeadersSayOfARequest) {
  EXPECT_EQ(infer("embed", kTwoTexts, {{"X-Routing-Key", "u7"}, {"X-Data-Region", "eu"}}).status, 200);
  EXPECT_EQ(stub_.last.key, "u7");
  EXPECT_EQ(stub_.last.region, "eu");
  EXPECT_EQ(infer("embed", kTwoTexts).status, 200);
  EXPECT_EQ(stub_.last.key, "");
}

TEST_F(V2Api, RepositoryAndStatistics) {
  EXPECT_EQ(json_of(post("/v2/repository/index", "")).as_array().size(), 6u);
  EXPECT_EQ(json_of(post("/v2/repository/index", R"({"ready":true})")).as_array().size(), 5u);
  EXPECT_EQ(post("/v2/repository/index", R"({"ready":1})").status, 400);
  EXPECT_EQ(post("/v2/repository/models/embed/load", "").status, 200);
  EXPECT_EQ(post("/v2/repository/models/embed/load", R"({"parameters":{"version":"candidate"}})").status, 200);
  EXPECT_EQ(stub_.loaded_version, "candidate");
  EXPECT_EQ(post("/v2/repository/models/nobody/load", "{}").status, 404);
  EXPECT_EQ(post("/v2/repository/models/embed/load", R"({"parameters":{"config":"{}"}})").status, 501);
  EXPECT_EQ(post("/v2/repository/models/embed/unload", R"({"parameters":{"unload_dependents":true}})").status, 200);
  const Json one = json_of(get("/v2/models/embed/stats")).at("model_stats").at(0);
  EXPECT_EQ(one.at("inference_count"), 8);
  EXPECT_EQ(one.at("inference_stats").at("success").at("count"), 4);
  EXPECT_EQ(one.at("inference_stats").at("queue").at("ns"), 1000);
  EXPECT_EQ(json_of(get("/v2/models/stats")).at("model_stats").as_array().size(), 5u);
}

TEST_F(V2Api, SharedMemoryIsOff) {
  EXPECT_EQ(get("/v2/systemsharedmemory/status").body, "[]");
  EXPECT_EQ(post("/v2/cudasharedmemory/unregister", "").status, 200);
  EXPECT_EQ(post("/v2/systemsharedmemory/region/r/register", "{}").status, 501);
}

TEST_F(V2Api, PathsAndMethodsThatAreNot) {
  EXPECT_EQ(get("/v2/nothing").status, 404);
  const http::Response response = get("/v2/models/embed/infer");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(header_in(response, "Allow"), "POST");
  EXPECT_EQ(get("/v2/models/%2e%2e%2fetc/ready").status, 400);
  EXPECT_EQ(get("/v2/models/a%2/ready").status, 400);
  EXPECT_EQ(get("/v2/models/em%62ed/ready").status, 200);
  EXPECT_EQ(call("HEAD", "/v2/health/live?x=1").status, 200);
}

}  // namespace
}  // namespace fovea::wire
