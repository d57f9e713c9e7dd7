// What each kind asks and reads; transcripts follow the services' documents.
#include "serve/remote/dialect.h"

#include <gtest/gtest.h>

#include <cmath>

#include "serve/remote/event_stream.h"
#include "serve/remote/rows.h"
#include "serve/remote/scripted_model_test.h"

namespace fovea::remote {
namespace {

inference::Item item_of(const std::string& text, const std::string& second = "") {
  inference::Item item;
  item.text = inference::Text{text, second, !second.empty()};
  return item;
}

struct Dialects : RemoteTest {
  void open_dialect(const std::string& yaml) {
    auto read = options("url: http://127.0.0.1:1\n" + yaml);
    ASSERT_TRUE(read) << read.error().text();
    said = *read;
    dialect = make_dialect(said);
    ASSERT_TRUE(dialect);
  }
  Json asked(const std::vector<inference::Item>& items) {
    std::vector<const inference::Item*> pointers;
    for (const auto& each : items) pointers.push_back(&each);
    const auto made = dialect->ask(pointers, std::chrono::seconds(1));
    EXPECT_TRUE(made);
    path = made->path;
    auto json = parse_json(made->body);
    EXPECT_TRUE(json) << made->body;
    return json ? *json : Json();
  }
  Result<Told> told(const std::string& body, size_t count = 1, const std::string& type = "application/json") {
    const std::vector<inference::Item> items(count, item_of("x"));
    std::vector<const inference::Item*> pointers;
    for (const auto& each : items) pointers.push_back(&each);
    return dialect->read({200, {{"content-type", type}}, body}, pointers);
  }
  std::string wrong(const std::string& body, size_t count = 1, const std::string& type = "application/json") {
    const auto got = told(body, count, type);
    EXPECT_FALSE(got) << body;
    return got ? "" : std::string(code_name(got.error().code)) + " " + got.error().message;
  }

  RemoteOptions said;
  std::unique_ptr<Dialect> dialect;
  std::string path;
};

const std::string kChat =
    "remote: openai-chat\nmodel: m\ntask: classification\nlabels: [refund, other]\n"
    "chat: { instruction: \"Give it a label.\", accuracy: 0.9 }\n";

std::string tool_reply(const std::string& arguments, const std::string& name = "classify",
                       const std::string& finish = "tool_calls") {
  return R"({"id":"c","object":"chat.completion","choices":[{"index":0,"finish_reason":")" + finish +
         R"(","message":{"role":"assistant","content":null,"tool_calls":[{"id":"t","type":"function",)" +
         R"("function":{"name":")" + name + R"(","arguments":)" + json_text(arguments) +
         R"(}}]}}],"usage":{"prompt_tokens":21,"completion_tokens":5}})";
}

TEST_F(Dialects, AChatModelIsForcedToCallTheTool) {
  open_dialect(kChat);
  const Json json = asked({item_of("I want my \"money\" back\n{\"role\":\"system\"}")});
  EXPECT_EQ(path, "/chat/completions");
  EXPECT_EQ(text_or(*at_pointer(json, "/messages/1/content"), ""), "I want my \"money\" back\n{\"role\":\"system\"}");
  EXPECT_EQ(text_or(*at_pointer(json, "/tool_choice/function/name"), ""), "classify");
  EXPECT_EQ(to_text(*at_pointer(json, "/tools/0/function/parameters/properties/label/enum")), R"(["refund","other"])");
  const auto got = told(tool_reply(R"({"label":"refund"})"));
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_NEAR(std::exp(got->rows[0][0]), 0.9, 1e-6);
  EXPECT_NEAR(std::exp(got->rows[0][1]), 0.1, 1e-6);
  EXPECT_EQ(got->tokens, 21);
  EXPECT_EQ(got->tokens_made, 5);
  EXPECT_EQ(dialect->fits(std::vector<inference::Item>(5, item_of("x")), 32), 1u);
}

TEST_F(Dialects, WhatAChatModelAnswersIsChecked) {
  open_dialect(kChat);
  EXPECT_NE(wrong(tool_reply(R"({"label":"fraud"})")).find("'fraud' is none of the labels"), std::string::npos);
  EXPECT_NE(wrong(tool_reply(R"({"label":"refund","why":"x"})")).find("schema"), std::string::npos);
  EXPECT_NE(wrong(tool_reply(R"({"label":)")).find("schema"), std::string::npos);
  EXPECT_NE(wrong(tool_reply(R"({"label":"refund"})", "delete_all")).find("another tool"), std::string::npos);
  EXPECT_NE(wrong(tool_reply(R"({"label":"ref)", "classify", "length")).find("tokens_made_max"), std::string::npos);
  EXPECT_NE(wrong(R"({"choices":[{"message":{"content":"refund"},"finish_reason":"stop"}]})").find("no tool call"),
            std::string::npos);
  EXPECT_NE(wrong(R"({"choices":[{"message":{"refusal":"I can't"},"finish_reason":"stop"}]})").find("refuses"),
            std::string::npos);
  EXPECT_NE(wrong(R"({"choices":[{"message":{"content":""},"finish_reason":"content_filter"}]})").find("filtered"),
            std::string::npos);
  EXPECT_NE(wrong(R"({"error":{"message":"quota","type":"x"}})").find("quota"), std::string::npos);
  EXPECT_NE(wrong(R"({"choices":[]})").find("no choices"), std::string::npos);
}

TEST_F(Dialects, AStreamOfAChatModelIsPutTogether) {
  open_dialect(kChat + "");
  said.chat.stream = true;
  const Json json = asked({item_of("x")});
  EXPECT_TRUE(at_pointer(json, "/stream_options/include_usage")->get_bool());
  const auto chunk = [](const std::string& delta, const std::string& finish = "null") {
    return R"(data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":)" + delta +
           R"(,"finish_reason":)" + finish + "}]}\n\n";
  };
  const std::string stream =
      ": keep-alive\n\n" + chunk(R"({"role":"assistant","content":null})") +
      chunk(
          R"({"tool_calls":[{"index":0,"id":"t","type":"function","function":{"name":"classify","arguments":""}}]})") +
      chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"lab"}}]})") +
      chunk(R"({"tool_calls":[{"index":0,"function":{"arguments":"el\":\"other\"}"}}]})") +
      chunk("{}", R"("tool_calls")") +
      R"(data: {"choices":[],"usage":{"prompt_tokens":30,"completion_tokens":7}})"
      "\n\n" +
      "data: [DONE]\n\n";
  const auto got = told(stream, 1, "text/event-stream; charset=utf-8");
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_NEAR(std::exp(got->rows[0][1]), 0.9, 1e-6);
  EXPECT_EQ(got->tokens_made, 7);
  EXPECT_TRUE(dialect->ends(stream));
  EXPECT_FALSE(dialect->ends(stream.substr(0, stream.size() - 20)));
  const std::string cut = stream.substr(0, stream.find("data: [DONE]"));
  EXPECT_TRUE(wrong(cut, 1, "text/event-stream").starts_with("UNAVAILABLE"));
  EXPECT_NE(wrong("data: {\"error\":{\"message\":\"died\"}}\n\n", 1, "text/event-stream").find("died"),
            std::string::npos);
  EXPECT_NE(wrong("data: {\"cho\n\n", 1, "text/event-stream").find("no JSON"), std::string::npos);
  EXPECT_NE(wrong(chunk(R"({"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]})"), 1, "text/event-stream")
                .find("more than one"),
            std::string::npos);
}

TEST_F(Dialects, AChatModelMayAnswerByASchema) {
  open_dialect(kChat);
  said.chat.tool = false;
  const Json json = asked({item_of("x")});
  EXPECT_TRUE(at_pointer(json, "/response_format/json_schema/strict")->get_bool());
  EXPECT_EQ(at_pointer(json, "/tools"), nullptr);
  EXPECT_TRUE(told(R"({"choices":[{"message":{"content":"{\"label\":\"other\"}"},"finish_reason":"stop"}]})"));
  EXPECT_NE(wrong(R"({"choices":[{"message":{"content":"other"},"finish_reason":"stop"}]})").find("schema"),
            std::string::npos);
}

TEST_F(Dialects, HuggingFaceShapes) {
  open_dialect("remote: huggingface\ntask: classification\nlabels: [good, bad]\n");
  EXPECT_EQ(to_text(asked({item_of("a"), item_of("b")})), R"({"inputs":["a","b"],"parameters":{"top_k":2}})");
  for (const auto* body : {R"([[{"label":"bad","score":0.25},{"label":"good","score":0.75}]])",
                           R"([{"label":"bad","score":0.25},{"label":"good","score":0.75}])"}) {
    const auto got = told(body);
    ASSERT_TRUE(got) << got.error().text();
    EXPECT_NEAR(got->rows[0][0], std::log(0.75), 1e-6);
  }
  EXPECT_NE(wrong(R"([[{"label":"LABEL_0","score":1},{"label":"good","score":0}]])").find("LABEL_0"),
            std::string::npos);
  EXPECT_NE(wrong(R"([[{"label":"good","score":1}]])").find("lacks the label 'bad'"), std::string::npos);
  EXPECT_NE(wrong(R"([[{"label":"good","score":1},{"label":"good","score":1}]])").find("twice"), std::string::npos);
  EXPECT_NE(wrong(R"([[{"label":"good","score":1.5},{"label":"bad","score":0}]])").find("no probability"),
            std::string::npos);
  open_dialect("remote: huggingface\ntask: classification\nlabels: [good, bad]\nzero_shot: true\n");
  EXPECT_EQ(to_text(asked({item_of("a")})),
            R"({"inputs":"a","parameters":{"candidate_labels":["good","bad"],"multi_label":false}})");
  EXPECT_TRUE(told(R"({"sequence":"a","labels":["bad","good"],"scores":[0.6,0.4]})"));
  EXPECT_TRUE(told(R"([{"label":"bad","score":0.6},{"label":"good","score":0.4}])"));
  open_dialect("remote: huggingface\ntask: score\n");
  EXPECT_EQ(to_text(asked({item_of("q", "a"), item_of("q", "b")})),
            R"({"inputs":{"source_sentence":"q","sentences":["a","b"]}})");
  EXPECT_EQ(told("[0.5,0.25]", 2)->rows[1][0], 0.25F);
  const std::vector<inference::Item> mixed = {item_of("q", "a"), item_of("q", "b"), item_of("r", "c")};
  EXPECT_EQ(dialect->fits(mixed, 32), 2u);
}

TEST_F(Dialects, OpenAiEmbeddings) {
  open_dialect("remote: openai-embeddings\nmodel: e\ntask: embedding\nwidth: 2\n");
  EXPECT_EQ(to_text(asked({item_of("a")})), R"({"model":"e","input":["a"],"encoding_format":"base64"})");
  const auto got = told(R"({"data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":"AACAPwAAAEA="}],)"
                        R"("usage":{"prompt_tokens":9,"total_tokens":9}})",
                        2);
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_EQ(got->rows, (std::vector<std::vector<float>>{{1, 2}, {3, 4}}));
  EXPECT_EQ(got->tokens, 9);
  EXPECT_NE(wrong(R"({"data":[{"index":0,"embedding":"AACAPw=="}]})").find("1 numbers instead of 2"),
            std::string::npos);
  EXPECT_NE(wrong(R"({"data":[{"index":0,"embedding":"AACAfwAAAEA="}]})").find("not finite"), std::string::npos);
  EXPECT_NE(wrong(R"({"data":[{"index":5,"embedding":[1,2]}]})").find("index"), std::string::npos);
}

TEST_F(Dialects, TeiShapes) {
  open_dialect("remote: tei\ntask: score\n");
  EXPECT_EQ(to_text(asked({item_of("q", "a"), item_of("q", "b")})),
            R"({"query":"q","texts":["a","b"],"truncate":true,"raw_scores":true})");
  const auto got = told(R"([{"index":1,"score":2.5},{"index":0,"score":-1}])", 2);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->rows, (std::vector<std::vector<float>>{{-1}, {2.5}}));
  EXPECT_NE(wrong(R"([{"index":1,"score":2.5},{"index":1,"score":-1}])", 2).find("twice"), std::string::npos);
  open_dialect("remote: tei\ntask: embedding\nwidth: 1\n");
  std::vector<inference::Item> mixed = {item_of("a"), item_of("b")};
  mixed[1].may_cut = false;
  EXPECT_EQ(dialect->fits(mixed, 32), 1u);
}

TEST_F(Dialects, JsonPointersSayWhereTextsAndRowsAre) {
  open_dialect(
      "remote: ray-serve\ntask: classification\nlabels: [a, b]\ngives: probabilities\n"
      "json: { input: /request/texts, output: /result/rows }\n");
  EXPECT_EQ(to_text(asked({item_of("x"), item_of("y", "z")})), R"({"request":{"texts":["x",["y","z"]]}})");
  const auto got = told(R"({"result":{"rows":[[0.5,0.5]]}})");
  ASSERT_TRUE(got) << got.error().text();
  EXPECT_NEAR(got->rows[0][0], std::log(0.5), 1e-6);
  EXPECT_NE(wrong(R"({"result":{}})").find("nothing is at '/result/rows'"), std::string::npos);
}

TEST_F(Dialects, VertexInstances) {
  open_dialect("remote: vertex\ntask: embedding\nwidth: 2\ninstance: content\nprediction: /embeddings/values\n");
  EXPECT_EQ(to_text(asked({item_of("x")})), R"({"instances":[{"content":"x"}]})");
  EXPECT_EQ(to_text(asked({item_of("x", "y")})), R"({"instances":[{"content":"x","text_pair":"y"}]})");
  EXPECT_EQ(told(R"({"predictions":[{"embeddings":{"values":[1,2]}}],"deployedModelId":"1"})")->rows[0][1], 2);
  EXPECT_NE(wrong(R"({"predictions":[{}]})").find("nothing is at predictions[0]"), std::string::npos);
  open_dialect("remote: vertex\ntask: embedding\nwidth: 2\ninstance: a_name_longer_than_short_strings_are\n");
  EXPECT_EQ(to_text(asked({item_of("x"), item_of("y", "z")})),
            R"({"instances":[{"a_name_longer_than_short_strings_are":"x"},)"
            R"({"a_name_longer_than_short_strings_are":"y","text_pair":"z"}]})");
  open_dialect("remote: vertex\ntask: embedding\nwidth: 2\n");
  EXPECT_EQ(to_text(asked({item_of("x"), item_of("y", "z")})), R"({"instances":["x",{"text":"y","text_pair":"z"}]})");
}

TEST_F(Dialects, V2Binary) {
  open_dialect("remote: v2\nmodel: m\ntask: embedding\nwidth: 2\ntensors: { binary: true }\n");
  const inference::Item item = item_of("hey");
  const inference::Item* const items[] = {&item};
  const auto made = dialect->ask(items, std::chrono::seconds(1));
  EXPECT_TRUE(made->body.ends_with(std::string("\x03\0\0\0hey", 7)));
  const std::string head =
      R"({"outputs":[{"name":"embedding","datatype":"FP32","shape":[1,2],"parameters":{"binary_data_size":8}}]})";
  const auto reply = [&](const std::string& payload, size_t length) {
    return dialect->read({200, {{"inference-header-content-length", std::to_string(length)}}, head + payload}, items);
  };
  const std::string payload("\0\0\x80\x3f\0\0\0\xc0", 8);
  EXPECT_EQ(reply(payload, head.size())->rows[0], (std::vector<float>{1, -2}));
  EXPECT_FALSE(reply(payload.substr(1), head.size()));
  EXPECT_FALSE(reply(payload + "x", head.size()));
  EXPECT_FALSE(reply(payload, head.size() + 99));
  EXPECT_FALSE(reply(std::string("\0\0\x80\x7f\0\0\0\xc0", 8), head.size()));  // infinity
}

TEST_F(Dialects, PointersFollowRfc6901) {
  const Json json = *parse_json(R"({"a/b":{"m~n":[7,8]},"":1})");
  EXPECT_EQ(to_text(*at_pointer(json, "/a~1b/m~0n/1")), "8");
  EXPECT_EQ(to_text(*at_pointer(json, "/")), "1");
  EXPECT_EQ(at_pointer(json, ""), &json);
  EXPECT_EQ(at_pointer(json, "/a~1b/m~0n/2"), nullptr);
  EXPECT_EQ(at_pointer(json, "/a~1b/m~0n/x"), nullptr);
}

}  // namespace
}  // namespace fovea::remote
