#include "door/inference/tei_api.h"

#include "door/inference/calling_test.h"
#include "door/inference/limits.h"
#include "door/wire/scores.h"

namespace fovea::wire {
namespace {

class TeiApi : public Calling {
 protected:
  void only(std::string_view model) { stub_.keep_only(model); }
  static std::string told(std::string_view error, std::string_view type) {
    return R"({"error":)" + quoted_text(error) + R"(,"error_type":)" + quoted_text(type) + "}";
  }
};

TEST_F(TeiApi, EmbedAndItsHeaders) {
  only("embed");
  const http::Response response = post("/embed", R"({"inputs":["hello world","you"]})");
  ASSERT_EQ(response.status, 200) << response.body;
  const Json json = json_of(response);
  EXPECT_EQ(floats_in(json.at(0)), unit_embedding(row_of("hello world", 4), 0));
  EXPECT_EQ(header_in(response, "x-compute-type"), "cpu");
  EXPECT_EQ(header_in(response, "x-compute-characters"), "14");
  EXPECT_EQ(header_in(response, "x-compute-tokens"), "7");
  EXPECT_EQ(header_in(response, "x-tokenization-time"), "1");
  EXPECT_EQ(header_in(response, "x-queue-time"), "2");
  EXPECT_EQ(header_in(response, "x-inference-time"), "3");
  const Json raw = json_of(post("/embed", R"({"inputs":"you","normalize":false,"dimensions":3})"));
  const std::vector<float> row = row_of("you", 4);
  EXPECT_EQ(floats_in(raw.at(0)), std::vector<float>(row.begin(), row.begin() + 3));
}

TEST_F(TeiApi, TheRowsOfAllTokens) {
  only("embed");
  const http::Response response = post("/embed_all", R"({"inputs":["hello world",""]})");
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_TRUE(stub_.last.all_rows);
  const Json json = json_of(response);
  ASSERT_EQ(json.as_array().size(), 2u);
  tokenize::Encoding encoding;
  StubTokenizer().encode("hello world", StubInference::kTokensMax, encoding);
  ASSERT_EQ(json.at(0).as_array().size(), 4u) << "two words, and what stands around them";
  for (size_t i = 0; i < 4; ++i)
    EXPECT_EQ(floats_in(json.at(0).at(i)), StubInference::row({encoding.ids[i]}, 3)) << "as it is, not scaled";
  EXPECT_EQ(json.at(1).as_array().size(), 2u);
  EXPECT_EQ(header_in(response, "x-compute-tokens"), "6");
  EXPECT_EQ(json_of(post("/embed_all", R"({"inputs":"hello world"})")).at(0), json.at(0));
  std::string ids;
  for (const int32_t each : encoding.ids) ids += (ids.empty() ? "" : ",") + std::to_string(each);
  EXPECT_EQ(json_of(post("/embed_all", R"({"inputs":[)" + ids + "]}")).at(0), json.at(0));
  EXPECT_EQ(json_of(post("/embed_all", R"({"inputs":[[20],[)" + ids + "]]}")).at(1), json.at(0));
  ASSERT_EQ(post("/embed", R"({"inputs":"hello world"})").status, 200);
  EXPECT_FALSE(stub_.last.all_rows);
}

// Elements that an answer has too few or too many of are the model's fault, never an odd answer.
TEST_F(TeiApi, RowsThatAreNotAsWideAsTheModelSays) {
  only("embed");
  stub_.hold = true;
  for (const size_t values : {5, 7, 0}) {
    bool told = false;
    router_.reset();
    serve({});
    router_->handle({"POST", "/embed_all", {{"Host", "localhost"}}, R"({"inputs":"a"})", nullptr},
                    [&](http::Response response) {
                      told = true;
                      EXPECT_EQ(response.status, 424) << values;
                    });
    inference::Answer answer{std::vector<float>(values, 1), 2, {}, false};
    for (auto& done : stub_.take_held()) done(inference::Reply{*stub_.model("embed", ""), {answer}});
    EXPECT_TRUE(told);
  }
}

TEST_F(TeiApi, AModelThatDoesSomethingElseIsAFailedDependency) {
  only("sentiment");
  for (const char* path : {"/embed_all", "/embed"}) {
    const http::Response refused = post(path, R"({"inputs":"a"})");
    EXPECT_EQ(refused.status, 424) << path;
    EXPECT_EQ(refused.body, told("model: no model does embedding ('sentiment' does classification)", "Backend"));
  }
  EXPECT_EQ(post("/rerank", R"({"query":"q","texts":["a"]})").status, 424);
  only("nothing");
  EXPECT_EQ(post("/embed_all", R"({"inputs":"a"})").status, 404) << "none serves yet";
}

TEST_F(TeiApi, TextsAtTheLimitAndOnePastItAndNone) {
  only("embed");
  std::string texts = R"("a")";
  for (size_t i = 1; i < kInputsMax; ++i) texts += R"(,"a")";
  for (const char* path : {"/embed", "/embed_all"}) {
    EXPECT_EQ(post(path, R"({"inputs":[)" + texts + "]}").status, 200) << path;
    const http::Response past = post(path, R"({"inputs":[)" + texts + R"(,"a"]})");
    EXPECT_EQ(past.status, 413) << path;
    EXPECT_EQ(member(json_of(past), "error_type"), "Validation");
    const http::Response none = post(path, R"({"inputs":[]})");
    EXPECT_EQ(none.status, 400) << path;
    EXPECT_EQ(none.body, told("inputs: is empty (at least one text)", "Empty"));
    for (const char* wrong : {"{}", R"({"inputs":1})", R"({"inputs":[[1],"a"]})", R"({"inputs":["a",1]})"})
      EXPECT_EQ(post(path, wrong).status, 422) << path << wrong;
  }
}

TEST_F(TeiApi, TooManyTokensAreRefusedUnlessTheyMayBeCut) {
  only("embed");
  const std::string longer = "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16";
  for (const std::string path : {"/embed", "/embed_all"}) {
    const http::Response refused = post(path, R"({"inputs":")" + longer + "\"}");
    EXPECT_EQ(refused.status, 413);
    EXPECT_EQ(member(json_of(refused), "error_type"), "Validation");
    EXPECT_EQ(post(path, R"({"truncate":true,"inputs":")" + longer + "\"}").status, 200);
    EXPECT_EQ(post(path, R"({"truncate":true,"truncation_direction":"Right","inputs":"a"})").status, 200);
    EXPECT_EQ(post(path, R"({"truncate":true,"truncation_direction":"Left","inputs":"a"})").status, 422);
    EXPECT_EQ(post(path, R"({"prompt_name":"query","inputs":"a"})").status, 422);
  }
  const Json cut = json_of(post("/embed_all", R"({"truncate":true,"inputs":")" + longer + "\"}"));
  EXPECT_EQ(cut.at(0).as_array().size(), size_t{StubInference::kTokensMax});
}

TEST_F(TeiApi, PredictOneABatchAndAPair) {
  only("sentiment");
  const Json one = json_of(post("/predict", R"({"inputs":"hello world"})"));
  ASSERT_EQ(one.as_array().size(), 3u);
  const std::vector<float> probabilities = probabilities_of(row_of("hello world", 3));
  EXPECT_FLOAT_EQ(static_cast<float>(number_or(one.at(0).at("score"), 0)), std::ranges::max(probabilities));
  EXPECT_GE(number_or(one.at(0).at("score"), 0), number_or(one.at(1).at("score"), 1));
  const Json batch = json_of(post("/predict", R"({"inputs":[["hello world"],["a","b"]],"raw_scores":true})"));
  ASSERT_EQ(batch.as_array().size(), 2u);
  EXPECT_EQ(static_cast<float>(number_or(batch.at(0).at(0).at("score"), 0)),
            std::ranges::max(row_of("hello world", 3)));
  EXPECT_TRUE(std::get<std::vector<inference::Text>>(stub_.last.inputs)[1].pair);
  post("/predict", R"({"inputs":["a","b"]})");
  EXPECT_EQ(std::get<std::vector<inference::Text>>(stub_.last.inputs)[0].second, "b");
  for (const char* body :
       {"{}", R"({"inputs":[]})", R"({"inputs":["a","b","c"]})", R"({"inputs":[[]]})", R"({"inputs":[["a",1]]})"}) {
    EXPECT_EQ(post("/predict", body).status, 422) << body;
  }
}

TEST_F(TeiApi, RerankPutsTheBestFirst) {
  const Json json = json_of(post("/rerank", R"({"query":"q","texts":["a","b c","d"],"return_text":true})"));
  ASSERT_EQ(json.as_array().size(), 3u) << to_text(json);
  for (size_t i = 1; i < 3; ++i) {
    EXPECT_GE(number_or(json.at(i - 1).at("score"), 0), number_or(json.at(i).at("score"), 2));
  }
  const auto first = static_cast<size_t>(json.at(0).at("index").as_int64());
  EXPECT_EQ(json.at(0).at("text"), (std::vector<const char*>{"a", "b c", "d"})[first]);
  EXPECT_EQ(post("/rerank", R"({"query":"q","texts":[]})").status, 400);
}

TEST_F(TeiApi, SimilarityIsTheCosine) {
  only("embed");
  const Json json = json_of(post("/similarity", R"({"inputs":{"source_sentence":"a","sentences":["a","you"]}})"));
  EXPECT_NEAR(number_or(json.at(0), 0), 1, 1e-6);
  EXPECT_FLOAT_EQ(static_cast<float>(number_or(json.at(1), 0)), cosine(row_of("a", 4), row_of("you", 4)));
}

TEST_F(TeiApi, TokensWithTheirPlaces) {
  only("embed");
  const Json json = json_of(post("/tokenize", R"({"inputs":"hello you"})"));
  ASSERT_EQ(json.at(0).as_array().size(), 4u);
  EXPECT_EQ(to_text(json.at(0).at(0)), R"({"id":1,"text":"[CLS]","special":true,"start":null,"stop":null})");
  EXPECT_EQ(json.at(0).at(2).at("text"), "you");
  EXPECT_EQ(json.at(0).at(2).at("start"), 6);
  EXPECT_EQ(json.at(0).at(2).at("stop"), 9);
  EXPECT_EQ(json_of(post("/tokenize", R"({"inputs":"hello you","add_special_tokens":false})")).at(0).as_array().size(),
            2u);
  only("none");
  EXPECT_EQ(post("/tokenize", R"({"inputs":"a"})").status, 404);
}

TEST_F(TeiApi, TextsOfIds) {
  only("embed");
  EXPECT_EQ(post("/decode", R"({"ids":[1,20,30,2]})").body, R"(["w20 w30"])");
  EXPECT_EQ(post("/decode", R"({"ids":[[1,20,2],[],[4294967295]],"skip_special_tokens":false})").body,
            R"(["[CLS] w20 [SEP]","",""])");
  for (const char* body : {"{}", R"({"ids":1})", R"({"ids":["a"]})", R"({"ids":[-1]})", R"({"ids":[4294967296]})",
                           R"({"ids":[[1],2]})", R"({"ids":[1],"skip_special_tokens":1})"}) {
    EXPECT_EQ(post("/decode", body).status, 422) << body;
  }
  const auto ids = [](size_t count) {
    std::string out = "[20";
    for (size_t i = 1; i < count; ++i) out += ",20";
    return out + "]";
  };
  EXPECT_EQ(post("/decode", R"({"ids":)" + ids(kDecodedIdsMax) + "}").status, 200);
  EXPECT_EQ(post("/decode", R"({"ids":)" + ids(kDecodedIdsMax + 1) + "}").status, 422);
  std::string lists = "[]";
  for (size_t i = 1; i < kInputsMax; ++i) lists += ",[]";
  EXPECT_EQ(post("/decode", R"({"ids":[)" + lists + "]}").status, 200);
  EXPECT_EQ(post("/decode", R"({"ids":[)" + lists + ",[]]}").status, 413);
}

TEST_F(TeiApi, TextsOfIdsNeedATokenizer) {
  only("bare");
  EXPECT_EQ(post("/decode", R"({"ids":[1]})").status, 422);
}

TEST_F(TeiApi, InfoAndHealth) {
  only("sentiment");
  const Json json = json_of(get("/info"));
  EXPECT_EQ(member(json, "model_id"), "sentiment");
  EXPECT_EQ(json.at("model_type").at("classifier").at("id2label").at("2"), "positive");
  EXPECT_EQ(get("/health").status, 200);
  stub_.is_ready = false;
  EXPECT_EQ(get("/health").status, 503);
}

TEST_F(TeiApi, ErrorsHaveTeisStatuses) {
  only("embed");
  const std::pair<Code, std::pair<int, const char*>> rows[] = {
      {Code::kResourceExhausted, {429, "Overloaded"}}, {Code::kInternal, {424, "Backend"}},
      {Code::kUnavailable, {503, "Unhealthy"}},        {Code::kOutOfRange, {413, "Validation"}},
      {Code::kInvalidArgument, {422, "Validation"}},   {Code::kDeadlineExceeded, {504, "Unhealthy"}},
      {Code::kFailedPrecondition, {424, "Backend"}},   {Code::kUnimplemented, {501, "Validation"}}};
  for (const auto& [code, want] : rows) {
    stub_.failure = inference::Failure{{code, "no", {}, {}}, Nanos(0), true};
    const http::Response response = post("/embed", R"({"inputs":"a"})");
    EXPECT_EQ(response.status, want.first);
    EXPECT_EQ(member(json_of(response), "error_type"), want.second);
  }
}

}  // namespace
}  // namespace fovea::wire
