#include "serve/backends/graph/text_graph_backend.h"

#include <gtest/gtest.h>

#include <cstring>

#include "engine/models/tiny_bert_folder.h"
#include "serve/backends/graph/stub_graph_test.h"
#include "serve/inference/backend_conformance_test.h"
#include "serve/inference/stub_tensor_backend_test.h"

namespace fovea::graph {
namespace {

using inference::Answer;
using inference::Backend;
using inference::Datatype;
using inference::Item;
using inference::Task;
using inference::Tensor;
using inference::TensorSpec;
using models::TinyBertFolder;

std::vector<int64_t> int64s_of(const Tensor& tensor) {
  std::vector<int64_t> out(tensor.bytes.size() / sizeof(int64_t));
  std::memcpy(out.data(), tensor.bytes.data(), tensor.bytes.size());
  return out;
}

const std::vector<TensorSpec> kInputs = {{"input_ids", Datatype::kInt64, {-1, -1}, false},
                                         {"attention_mask", Datatype::kInt64, {-1, -1}, false},
                                         {"token_type_ids", Datatype::kInt64, {-1, -1}, false}};

// A graph whose hidden state of token i is [id, type, i].
std::unique_ptr<const Graph> hidden_graph(std::vector<TensorSpec> inputs = kInputs) {
  return std::make_unique<StubGraph>(
      std::move(inputs), std::vector<TensorSpec>{{"last_hidden_state", Datatype::kFp32, {-1, -1, 3}, false}},
      [](std::span<const Tensor> feed) -> Result<std::vector<Tensor>> {
        const std::vector<int64_t> ids = int64s_of(feed[0]), types = int64s_of(feed.back());
        std::vector<float> out;
        for (size_t i = 0; i < ids.size(); ++i)
          for (const int64_t each : {ids[i], types[i], static_cast<int64_t>(i)})
            out.push_back(static_cast<float>(each));
        return std::vector{inference::fp32("last_hidden_state", {1, static_cast<int64_t>(ids.size()), 3}, out)};
      });
}

std::unique_ptr<const Graph> logits_graph(std::vector<int64_t> shape) {
  return std::make_unique<StubGraph>(
      kInputs, std::vector<TensorSpec>{{"logits", Datatype::kFp32, shape, false}},
      [shape](std::span<const Tensor> feed) -> Result<std::vector<Tensor>> {
        std::vector<int64_t> own = shape;
        own[0] = 1;
        if (own.size() == 3) own[1] = feed[0].shape[1];
        const auto count = static_cast<size_t>(inference::elements_of(own, "logits").value());
        return std::vector{inference::fp32("logits", own, std::vector<float>(count, 0.5f))};
      });
}

Result<std::unique_ptr<Backend>> make(std::unique_ptr<const Graph> graph, const std::string& folder) {
  return make_text_graph_backend(std::move(graph), folder, {"m", "1", "onnxruntime_onnx", std::string(64, 'd'), 1, 0});
}

Answer run(const Backend& backend, const Item& item) {
  Answer answer;
  const Item* items[] = {&item};
  Answer* answers[] = {&answer};
  tensor::Arena arena;
  const auto ran = backend.run({items, answers, arena});
  EXPECT_TRUE(ran) << ran.error().text();
  return answer;
}

TEST(TextGraphBackendTest, TextsBecomeIdsAndRowsAreTheMean) {
  const TinyBertFolder folder;
  const auto backend = make(hidden_graph(), folder.path()).value();
  EXPECT_EQ(backend->model().info.task, Task::kEmbedding);
  EXPECT_EQ(backend->model().info.width, 3);
  EXPECT_EQ(backend->model().info.tokens_max, TinyBertFolder::kPositions);
  ASSERT_NE(backend->model().tokenizer, nullptr);
  const Item item = backend->read(inference::Text{"the refund", "", false}, true, "t").value();
  ASSERT_EQ(item.ids, (std::vector<int32_t>{2, 5, 6, 3}));
  const Answer answer = run(*backend, item);
  EXPECT_EQ(answer.values, (std::vector<float>{4, 0, 1.5}));
  EXPECT_EQ(answer.tokens, 4u);
  const Item pair = backend->read(inference::Text{"the", "refund", true}, true, "t").value();
  EXPECT_EQ(run(*backend, pair).values, (std::vector<float>{19.0f / 5, 2.0f / 5, 2}));
}

TEST(TextGraphBackendTest, TheFolderSaysHowRowsArePooled) {
  const TinyBertFolder folder;
  folder.write("modules.json",
               R"([{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},
                   {"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"},
                   {"idx":2,"name":"2","path":"2_Normalize","type":"sentence_transformers.models.Normalize"}])");
  folder.write("1_Pooling/config.json", R"({"word_embedding_dimension":3,"pooling_mode_cls_token":true,
                                            "pooling_mode_mean_tokens":false})");
  const auto backend = make(hidden_graph(), folder.path());
  ASSERT_TRUE(backend) << backend.error().text();
  const Item item = (*backend)->read(inference::Text{"the", "", false}, true, "t").value();
  EXPECT_EQ(run(**backend, item).values, (std::vector<float>{1, 0, 0}));  // [CLS], id 2, made unit length
  const TinyBertFolder mean;
  EXPECT_NE((*backend)->model().info.digest, make(hidden_graph(), mean.path()).value()->model().info.digest);
}

TEST(TextGraphBackendTest, LogitsMakeAClassifier) {
  TinyBertFolder folder({.labels = 3});
  const auto backend = make(logits_graph({-1, 3}), folder.path()).value();
  EXPECT_EQ(backend->model().info.task, Task::kClassification);
  EXPECT_EQ(backend->model().info.labels, (std::vector<std::string>{"label 0", "label 1", "label 2"}));
  const Item item = backend->read(inference::Text{"the", "", false}, true, "t").value();
  EXPECT_EQ(run(*backend, item).values.size(), 3u);
  EXPECT_EQ(make(logits_graph({-1, 1}), folder.path()).value()->model().info.task, Task::kScore);
  const auto by_token = make(logits_graph({-1, -1, 3}), folder.path()).value();
  EXPECT_EQ(by_token->model().info.task, Task::kTokenClassification);
  const Item spans = by_token->read(inference::Text{"the refund", "", false}, true, "t").value();
  EXPECT_EQ(spans.spans.size(), 4u);
  EXPECT_EQ(run(*by_token, spans).values.size(), 12u);
}

TEST(TextGraphBackendTest, Conforms) {
  const TinyBertFolder folder, classes({.labels = 3});
  inference::expect_conforms(*make(hidden_graph(), folder.path()).value());
  inference::expect_conforms(*make(logits_graph({-1, 3}), classes.path()).value(), {.computes = false});
}

TEST(TextGraphBackendTest, IdsAndLengthsAreChecked) {
  const TinyBertFolder folder;
  const auto backend = make(hidden_graph(), folder.path()).value();
  EXPECT_TRUE(backend->read(inference::Ids{{2, 5, 3}, {}}, "ids"));
  EXPECT_EQ(backend->read(inference::Ids{{2, 500, 3}, {}}, "ids").error().where, "ids");
  EXPECT_EQ(backend->read(inference::Ids{{2, -1, 3}, {}}, "ids").error().code, Code::kInvalidArgument);
  EXPECT_EQ(backend->read(inference::Ids{{2, 5}, {0}}, "ids").error().code, Code::kInvalidArgument);
  EXPECT_TRUE(backend->read(inference::Ids{std::vector<int32_t>(32, 5), {}}, "ids"));
  EXPECT_EQ(backend->read(inference::Ids{std::vector<int32_t>(33, 5), {}}, "ids").error().code, Code::kOutOfRange);
  std::string many;
  for (int i = 0; i < 40; ++i) many += "the ";
  EXPECT_EQ(backend->read(inference::Text{many, "", false}, false, "t").error().code, Code::kOutOfRange);
  EXPECT_TRUE(backend->read(inference::Text{many, "", false}, true, "t")->was_cut);
  EXPECT_EQ(backend->read(inference::Feed{}, "inputs").error().code, Code::kUnimplemented);
}

TEST(TextGraphBackendTest, AGraphThatIsNoTextModelIsRefusedWithAWayOut) {
  const TinyBertFolder folder;
  auto other = kInputs;
  other[0].name = "pixel_values";
  EXPECT_EQ(make(hidden_graph(other), folder.path()).error().code, Code::kUnimplemented);
  other = kInputs;
  other[0].datatype = Datatype::kFp32;
  EXPECT_NE(make(hidden_graph(other), folder.path()).error().hint.find("name the file"), std::string::npos);
  EXPECT_EQ(make(hidden_graph({}), folder.path()).error().code, Code::kUnimplemented);
  EXPECT_EQ(make(logits_graph({-1, -1, -1, 3}), folder.path()).error().code, Code::kUnimplemented);
  EXPECT_EQ(make(hidden_graph(), testing::TempDir()).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace fovea::graph
