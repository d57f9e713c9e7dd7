#include "door/inference/huggingface_api.h"

#include <cmath>

#include "door/inference/calling_test.h"
#include "door/inference/cohere_api.h"
#include "door/wire/scores.h"

namespace fovea::wire {
namespace {

class HuggingFaceApi : public Calling {};
class CohereApi : public Calling {};

TEST_F(HuggingFaceApi, LabelsAreNestedOneDeep) {
  const Json json = json_of(post("/models/sentiment", R"({"inputs":"hello world","parameters":{"top_k":2}})"));
  ASSERT_EQ(json.as_array().size(), 1u);
  ASSERT_EQ(json.at(0).as_array().size(), 2u);
  const Json raw =
      json_of(post("/models/sentiment", R"({"inputs":"hello world","parameters":{"function_to_apply":"none"}})"));
  EXPECT_EQ(static_cast<float>(number_or(raw.at(0).at(0).at("score"), 0)), std::ranges::max(row_of("hello world", 3)));
  EXPECT_EQ(json_of(post("/models/sentiment", R"({"inputs":[{"text":"a","text_pair":"b"},"c"]})")).as_array().size(),
            2u);
  EXPECT_EQ(post("/models/sentiment", R"({"inputs":[]})").status, 422);
}

TEST_F(HuggingFaceApi, EntitiesCountCharacters) {
  // The stub's second label wins where a word's row says so; every word is told by "none".
  const std::string text = "é1 é2 é3 é4 é5 é6 é7";
  const Json tokens =
      json_of(post("/models/ner", R"({"inputs":")" + text + R"(","parameters":{"aggregation_strategy":"none"}})"));
  ASSERT_FALSE(tokens.as_array().empty());
  for (const Json& each : tokens.as_array()) {
    EXPECT_EQ(each.at("entity"), "B-PER");
    EXPECT_EQ(each.at("end").as_int64() - each.at("start").as_int64(), 2) << "two characters, three bytes";
    EXPECT_EQ(each.at("start").as_int64() % 3, 0);
  }
  const Json groups = json_of(post("/models/ner", R"({"inputs":")" + text + "\"}"));
  EXPECT_EQ(groups.at(0).at("entity_group"), "PER");
  EXPECT_EQ(post("/models/ner", R"({"inputs":"a","parameters":{"aggregation_strategy":"max"}})").status, 422);
}

TEST_F(HuggingFaceApi, FeaturesAndSimilarity) {
  EXPECT_EQ(floats_in(json_of(post("/models/embed", R"({"inputs":"you"})")).at(0)), row_of("you", 4));
  EXPECT_EQ(floats_in(json_of(post("/pipeline/feature-extraction/embed", R"({"inputs":"you"})")).at(0)),
            row_of("you", 4));
  const Json json = json_of(post("/models/embed", R"({"inputs":{"source_sentence":"a","sentences":["a"]}})"));
  EXPECT_NEAR(number_or(json.at(0), 0), 1, 1e-6);
}

TEST_F(HuggingFaceApi, ZeroShotLabelsAreEntailed) {
  const std::string body =
      R"({"inputs":"a","parameters":{"candidate_labels":["x","y"],"hypothesis_template":"Is {}?"}})";
  EXPECT_EQ(post("/models/sentiment", body).status, 422) << "knows no entailment";
  stub_.rename_labels("sentiment", {"contradiction", "neutral", "ENTAILMENT"});
  const Json json = json_of(post("/models/sentiment", body));
  ASSERT_EQ(json.as_array().size(), 2u) << to_text(json);
  const auto& pairs = std::get<std::vector<inference::Text>>(stub_.last.inputs);
  EXPECT_EQ(pairs[0].first, "a");
  EXPECT_EQ(pairs[1].second, "Is y?");
  double entailed[2];
  for (size_t i = 0; i < 2; ++i) {
    tokenize::Encoding encoding;
    StubTokenizer().encode_pair("a", pairs[i].second, StubInference::kTokensMax, encoding);
    entailed[i] = std::exp(static_cast<double>(StubInference::row(encoding.ids, 3)[2]));
  }
  const size_t best = text_or(json.at(0).at("label"), "") == "x" ? 0 : 1;
  EXPECT_NEAR(number_or(json.at(0).at("score"), 0), entailed[best] / (entailed[0] + entailed[1]), 1e-6);
  EXPECT_GE(entailed[best], entailed[1 - best]);
  const Json alone = json_of(post("/models/sentiment", R"({"inputs":"a","parameters":{"candidate_labels":["x"]}})"));
  EXPECT_LT(number_or(alone.at(0).at("score"), 1), 1) << "one label is weighed against its contradiction";
  EXPECT_EQ(post("/models/sentiment", R"({"inputs":"a","parameters":{"candidate_labels":[]}})").status, 422);
  EXPECT_EQ(
      post("/models/sentiment", R"({"inputs":"a","parameters":{"candidate_labels":["x"],"hypothesis_template":"no"}})")
          .status,
      422);
}

TEST_F(HuggingFaceApi, TheRootIsTheOnlyModel) {
  EXPECT_EQ(post("/", R"({"inputs":"a"})").status, 422) << "five models";
  stub_.keep_only("sentiment");
  EXPECT_EQ(post("/", R"({"inputs":"a"})").status, 200);
}

TEST_F(CohereApi, RerankAndItsTop) {
  const Json json =
      json_of(post("/v2/rerank", R"({"model":"rank","query":"q","documents":["a","b c","d"],"top_n":2})"));
  ASSERT_EQ(json.at("results").as_array().size(), 2u) << to_text(json);
  EXPECT_GE(number_or(json.at("results").at(0).at("relevance_score"), 0),
            number_or(json.at("results").at(1).at("relevance_score"), 2));
  EXPECT_EQ(text_or(json.at("id"), "").size(), 36u);
  const Json jina =
      json_of(post("/v1/rerank", R"({"model":"rank","query":"q","documents":[{"text":"a"}],"return_documents":true})"));
  EXPECT_EQ(jina.at("results").at(0).at("document").at("text"), "a");
  const http::Response refused = post("/v2/rerank", R"({"model":"embed","query":"q","documents":["a"]})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(text_or(member(json_of(refused), "message"), "").find("does embedding, not score"), std::string::npos);
}

TEST_F(CohereApi, Embed) {
  const Json json = json_of(post(
      "/v2/embed", R"({"model":"embed","texts":["you"],"input_type":"search_query","embedding_types":["float"]})"));
  EXPECT_EQ(floats_in(json.at("embeddings").at("float").at(0)), unit_embedding(row_of("you", 4), 0));
  EXPECT_EQ(post("/v2/embed", R"({"model":"embed","texts":["you"],"embedding_types":["int8"]})").status, 400);
}

}  // namespace
}  // namespace fovea::wire
