#include "door/inference/openai_api.h"

#include "base/digest.h"
#include "door/inference/calling_test.h"
#include "door/wire/scores.h"

namespace fovea::wire {
namespace {

class OpenAiApi : public Calling {
 protected:
  Json embed(const std::string& body, int status = 200) {
    const http::Response response = post("/v1/embeddings", body);
    EXPECT_EQ(response.status, status) << response.body;
    return json_of(response);
  }
};

TEST_F(OpenAiApi, EmbeddingsAsNumbersAreUnitVectors) {
  const Json json = embed(R"({"model":"embed","input":["hello world","you"],"encoding_format":"float"})");
  EXPECT_EQ(member(json, "object"), "list");
  EXPECT_EQ(json.at("data").at(1).at("index"), 1);
  EXPECT_EQ(floats_in(json.at("data").at(0).at("embedding")), unit_embedding(row_of("hello world", 4), 0));
  EXPECT_EQ(to_text(json.at("usage")), R"({"prompt_tokens":7,"total_tokens":7})");
  EXPECT_EQ(member(json, "model"), "embed");
}

TEST_F(OpenAiApi, EmbeddingsInBase64AreTheSameFloats) {
  const Json json = embed(R"({"model":"embed","input":"hello world","encoding_format":"base64"})");
  const auto bytes = from_base64(text_or(json.at("data").at(0).at("embedding"), ""));
  ASSERT_TRUE(bytes);
  EXPECT_EQ(floats_in(*bytes), unit_embedding(row_of("hello world", 4), 0));
}

TEST_F(OpenAiApi, FewerDimensionsAreCutAndMadeUnitLength) {
  const Json json = embed(R"({"model":"embed","input":"hello world","dimensions":2})");
  const std::vector<float> row = floats_in(json.at("data").at(0).at("embedding"));
  ASSERT_EQ(row.size(), 2u);
  EXPECT_NEAR(row[0] * row[0] + row[1] * row[1], 1, 1e-6);
  embed(R"({"model":"embed","input":"a","dimensions":5})", 400);
  embed(R"({"model":"embed","input":"a","dimensions":0})", 400);
}

TEST_F(OpenAiApi, TokenIds) {
  tokenize::Encoding encoding;
  StubTokenizer().encode("you", 16, encoding);
  const std::string ids = "[1," + std::to_string(encoding.ids[1]) + ",2]";
  const std::vector<float> want = unit_embedding(row_of("you", 4), 0);
  EXPECT_EQ(floats_in(embed(R"({"model":"embed","input":)" + ids + "}").at("data").at(0).at("embedding")), want);
  const Json two = embed(R"({"model":"bare","input":[)" + ids + "," + ids + "]}");
  EXPECT_EQ(floats_in(two.at("data").at(1).at("embedding")), want);
}

TEST_F(OpenAiApi, WhatIsWrongIsSaidAsOpenAiSaysIt) {
  const Json json = embed(R"({"model":"nobody","input":"a"})", 404);
  EXPECT_EQ(json.at("error").at("code"), "model_not_found");
  EXPECT_EQ(json.at("error").at("type"), "not_found_error");
  for (const char* body :
       {R"({"model":"embed"})", R"({"model":"embed","input":[]})", R"({"model":"embed","input":{}})",
        R"({"model":"embed","input":["a",1]})", R"({"model":"embed","input":[[1],"a"]})",
        R"({"model":"embed","input":[100]})", R"({"model":"embed","input":[[]]})", R"({"model":"embed","input":[-1]})",
        R"({"model":7,"input":"a"})", R"({"model":"sentiment","input":"a"})", R"({"model":"bare","input":"a"})",
        R"({"model":"embed","input":"a","encoding_format":"int8"})", "[]", "x",
        R"({"input":"a"})",  // two models embed
        R"({"model":"embed","input":"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"})"}) {
    EXPECT_EQ(embed(body, 400).at("error").at("type"), "invalid_request_error") << body;
  }
  std::string many = R"({"model":"embed","input":["a")";
  for (int i = 0; i < 2048; ++i) many += ",\"a\"";
  embed(many + "]}", 400);
}

TEST_F(OpenAiApi, ModerationsAreTheLabelsOfAClassifier) {
  ServingOptions options;
  options.flagged_labels = {"negative", "neutral", "positive"};
  serve(options);
  const Json json = json_of(post("/v1/moderations", R"({"input":["hello world","you"]})"));
  ASSERT_EQ(json.at("results").as_array().size(), 2u);
  const Json& first = json.at("results").at(0);
  EXPECT_EQ(first.at("categories").as_object().size(), 16u);
  EXPECT_EQ(first.at("category_scores").at("violence"), 0.0);
  const std::vector<float> probabilities = probabilities_of(row_of("hello world", 3));
  EXPECT_FLOAT_EQ(static_cast<float>(number_or(first.at("category_scores").at("positive"), -1)), probabilities[2]);
  EXPECT_EQ(first.at("flagged"), std::ranges::max(probabilities) >= 0.5F);
  EXPECT_EQ(post("/v1/moderations", R"({"input":[{"type":"text","text":"a"}]})").status, 200);
  EXPECT_EQ(post("/v1/moderations", R"({"input":[{"type":"image_url","image_url":{}}]})").status, 400);
  EXPECT_EQ(post("/v1/moderations", R"({"model":"embed","input":"a"})").status, 400);
}

TEST_F(OpenAiApi, TheListOfModelsIsOpenAisAndKServes) {
  const Json json = json_of(get("/v1/models"));
  EXPECT_EQ(to_text(json.at("models")), R"(["bare","embed","ner","rank","sentiment"])");
  EXPECT_EQ(to_text(json.at("data").at(1)),
            R"({"id":"embed","object":"model","created":1700000000,"owned_by":"fovea"})");
  const Json one = json_of(get("/v1/models/embed"));
  EXPECT_EQ(member(one, "id"), "embed");
  EXPECT_EQ(member(one, "name"), "embed");
  EXPECT_EQ(member(one, "ready"), true);
  EXPECT_EQ(get("/v1/models/nobody").status, 404);
}

}  // namespace
}  // namespace fovea::wire
