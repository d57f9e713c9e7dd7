#include "serve/backends/graph/graph_backend.h"

#include <gtest/gtest.h>

#include <mutex>

#include "serve/backends/graph/stub_graph_test.h"
#include "serve/inference/limits.h"
#include "serve/inference/stub_tensor_backend_test.h"
#include "serve/inference/tensor_conformance_test.h"

namespace fovea::graph {
namespace {

using inference::Answer;
using inference::Backend;
using inference::Datatype;
using inference::Feed;
using inference::floats_of;
using inference::fp32;
using inference::Item;
using inference::Tensor;

using Shape = std::vector<int64_t>;

// y = x + 1, FP32 [-1, -1]; t = for each row a text of it.
class GraphBackendTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Backend>> make(int64_t batch_max, Shape shape = {-1, -1}) {
    auto compute = [this](std::span<const Tensor> feed) -> Result<std::vector<Tensor>> {
      {
        const std::lock_guard lock(mutex);
        rows_run.push_back(feed[0].shape.at(0));
      }
      std::vector<float> values = floats_of(feed[0]);
      Tensor texts{"t", Datatype::kBytes, {feed[0].shape[0]}, {}};
      const size_t width = values.size() / static_cast<size_t>(feed[0].shape[0]);
      for (size_t i = 0; i < values.size(); ++i) {
        if (i % width == 0) inference::append_element(std::string(static_cast<size_t>(values[i]), 'a'), texts.bytes);
        values[i] += 1;
      }
      return std::vector{fp32("y", feed[0].shape, values), texts};
    };
    auto graph = std::make_unique<StubGraph>(
        std::vector<inference::TensorSpec>{{"x", Datatype::kFp32, shape, false}},
        std::vector<inference::TensorSpec>{{"y", Datatype::kFp32, shape, false}, {"t", Datatype::kBytes, {-1}, false}},
        compute);
    return make_graph_backend(std::move(graph), {"m", "1", "onnxruntime_onnx", "d", 10, batch_max});
  }
  std::vector<Answer> run(const Backend& backend, std::vector<Feed> feeds) {
    std::vector<Item> items;
    for (Feed& each : feeds) items.push_back(backend.read(std::move(each), "inputs").value());
    std::vector<Answer> answers(items.size());
    std::vector<const Item*> from;
    std::vector<Answer*> to;
    for (size_t i = 0; i < items.size(); ++i) from.push_back(&items[i]), to.push_back(&answers[i]);
    tensor::Arena arena;
    const auto ran = backend.run({from, to, arena});
    EXPECT_TRUE(ran) << ran.error().text();
    return answers;
  }

  std::mutex mutex;
  std::vector<int64_t> rows_run;
};

TEST_F(GraphBackendTest, WithoutABatchDimensionEachIsRunAlone) {
  const auto backend = make(0).value();
  const auto answers = run(*backend, {{{fp32("x", {1, 2}, {1, 2})}, {}}, {{fp32("x", {1, 2}, {3, 4})}, {"y"}}});
  EXPECT_EQ(rows_run, (std::vector<int64_t>{1, 1}));
  ASSERT_EQ(answers[0].tensors.size(), 2u);
  EXPECT_EQ(floats_of(answers[0].tensors[0]), (std::vector<float>{2, 3}));
  ASSERT_EQ(answers[1].tensors.size(), 1u);
  EXPECT_EQ(floats_of(answers[1].tensors[0]), (std::vector<float>{4, 5}));
}

TEST_F(GraphBackendTest, Conforms) {
  const std::vector<Feed> samples{{{fp32("x", {1, 2}, {1, 2})}, {}}, {{fp32("x", {2, 1}, {3, 4})}, {}}};
  for (const int64_t batch_max : {0, 8}) inference::TensorConformance(*make(batch_max).value(), samples).run_all();
}

TEST_F(GraphBackendTest, RowsOfTheSameShapeShareARunAndAreCutApart) {
  const auto backend = make(4).value();
  const auto answers = run(*backend, {{{fp32("x", {1, 2}, {1, 2})}, {}},
                                      {{fp32("x", {1, 3}, {7, 8, 9})}, {}},
                                      {{fp32("x", {2, 2}, {3, 4, 5, 6})}, {}},
                                      {{fp32("x", {2, 2}, {2, 2, 2, 2})}, {}}});
  EXPECT_EQ(rows_run, (std::vector<int64_t>{3, 1, 2}));  // 1 + 2, the other width, what was over 4
  EXPECT_EQ(floats_of(answers[0].tensors[0]), (std::vector<float>{2, 3}));
  EXPECT_EQ(floats_of(answers[1].tensors[0]), (std::vector<float>{8, 9, 10}));
  EXPECT_EQ(floats_of(answers[2].tensors[0]), (std::vector<float>{4, 5, 6, 7}));
  EXPECT_EQ(answers[2].tensors[0].shape, (Shape{2, 2}));
  std::string want;
  for (const char* each : {"aaa", "aaaaa"}) inference::append_element(each, want);
  EXPECT_EQ(answers[2].tensors[1].bytes, want);
}

TEST_F(GraphBackendTest, MoreRowsThanDeclaredAreRefused) {
  const auto backend = make(4).value();
  const std::vector<float> four(4, 1), five(5, 1);
  EXPECT_TRUE(backend->read(Feed{{fp32("x", {4, 1}, four)}, {}}, "inputs"));
  EXPECT_EQ(backend->read(Feed{{fp32("x", {5, 1}, five)}, {}}, "inputs").error().code, Code::kInvalidArgument);
  EXPECT_EQ(backend->read(Feed{{fp32("x", {0, 1}, {})}, {}}, "inputs").error().code, Code::kInvalidArgument);
}

TEST_F(GraphBackendTest, ADeclaredBatchNeedsFreeFirstDimensions) {
  EXPECT_EQ(make(8, {1, -1}).error().code, Code::kInvalidArgument);
  EXPECT_TRUE(make(0, {1, -1}));
}

TEST_F(GraphBackendTest, WhatItDoesNotTakeIsRefused) {
  const auto backend = make(0).value();
  EXPECT_EQ(backend->read(inference::Text{"a", "", false}, true, "t").error().code, Code::kUnimplemented);
  EXPECT_EQ(backend->read(inference::Ids{{1}, {}}, "t").error().code, Code::kUnimplemented);
  EXPECT_EQ(backend->read(Feed{{fp32("x", {1, 1}, {1})}, {"z"}}, "inputs").error().where, "outputs");
  EXPECT_FALSE(backend->read(Feed{{}, {}}, "inputs"));
  const size_t most = inference::kElementsMax;
  EXPECT_TRUE(
      backend->read(Feed{{fp32("x", {1, static_cast<int64_t>(most)}, std::vector<float>(most))}, {}}, "inputs"));
}

TEST_F(GraphBackendTest, SaysWhatItIs) {
  const auto backend = make(4).value();
  const inference::ModelInfo& info = backend->model().info;
  EXPECT_EQ(info.task, inference::Task::kTensors);
  EXPECT_EQ(info.architecture, "onnxruntime_onnx");
  EXPECT_EQ(info.inputs.at(0).name, "x");
  EXPECT_EQ(info.outputs.at(1).datatype, Datatype::kBytes);
  EXPECT_EQ(info.batch_max, 4);
}

}  // namespace
}  // namespace fovea::graph
