// Models of tensors through ModelServer: kinds of backends, grouping, failures, deadlines, the measured cost.
#include <gtest/gtest.h>

#include <future>

#include "serve/inference/measure_tensors.h"
#include "serve/inference/model_server.h"
#include "serve/inference/stub_tensor_backend_test.h"
#include "serve/inference/tensor_conformance_test.h"

namespace fovea::inference {
namespace {

using Outcome = std::expected<Reply, Failure>;

class TensorModelTest : public ::testing::Test {
 protected:
  void serve(int64_t batch_max, int workers = 1, const std::string& place = "twice:here") {
    ModelServerOptions options;
    options.models = {{"m", place}};
    options.schedule.workers = workers;
    options.backends.push_back({"twice", [](const std::string& at) { return at.ends_with(".twice"); },
                                [this, batch_max](const Opening& opening) -> Result<std::unique_ptr<Backend>> {
                                  opened = opening;
                                  auto made = std::make_unique<TwiceBackend>(batch_max);
                                  backend = made.get();
                                  return made;
                                }});
    server = ModelServer::create(std::move(options), clock).value();
    const auto loaded = server->load_all();
    ASSERT_TRUE(loaded) << loaded.error().text();
  }
  std::future<Outcome> send(Tensor x, Nanos deadline = std::chrono::seconds(20)) {
    auto promise = std::make_shared<std::promise<Outcome>>();
    Call call;
    call.model = "m";
    call.deadline = clock.steady() + deadline;
    call.inputs = Feed{{std::move(x)}, {}};
    ticket = server->submit(std::move(call), [promise](Outcome outcome) { promise->set_value(std::move(outcome)); });
    return promise->get_future();
  }

  SystemClock clock;
  Opening opened;
  TwiceBackend* backend = nullptr;
  std::unique_ptr<ModelServer> server;
  std::unique_ptr<Ticket> ticket;
};

TEST_F(TensorModelTest, AKindOpensWhatNamesItOrWhatItTakes) {
  serve(0);
  EXPECT_EQ(opened.place, "here");
  EXPECT_EQ(opened.name, "m");
  EXPECT_EQ(opened.workers, 1);
  serve(0, 2, "/a/graph.twice");
  EXPECT_EQ(opened.place, "/a/graph.twice");
  EXPECT_EQ(opened.workers, 2);
}

TEST_F(TensorModelTest, AnswersWithTensors) {
  serve(0);
  const Outcome outcome = send(fp32("x", {2, 2}, {1, 2, 3, 4})).get();
  ASSERT_TRUE(outcome) << outcome.error().error.text();
  ASSERT_EQ(outcome->answers.size(), 1u);
  EXPECT_EQ(floats_of(outcome->answers[0].tensors.at(0)), (std::vector<float>{2, 4, 6, 8}));
  EXPECT_EQ(outcome->answers[0].tensors[0].shape, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(send(fp32("x", {2}, {1, 2})).get().error().error.code, Code::kInvalidArgument);
  Call texts;
  texts.model = "m";
  texts.inputs = std::vector<Text>{{"hello", "", false}};
  server->submit(std::move(texts),
                 [](const Outcome& answer) { EXPECT_EQ(answer.error().error.code, Code::kUnimplemented); });
}

TEST_F(TensorModelTest, OnlyAModelWithABatchDimensionIsGrouped) {
  for (const int64_t batch_max : {0, 4}) {
    serve(batch_max);
    const float endless = std::numeric_limits<float>::infinity();
    auto blocking = send(fp32("x", {1, 2}, {endless, 0}));
    const auto stop = std::move(ticket);
    while (!backend->running) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    backend->most = 0;
    std::vector<std::future<Outcome>> waiting;
    for (int i = 0; i < 12; ++i) waiting.push_back(send(fp32("x", {1, 2}, {static_cast<float>(i), 1})));
    stop->cancel();
    EXPECT_EQ(blocking.get().error().error.code, Code::kCancelled);
    for (int i = 0; i < 12; ++i) {
      const Outcome outcome = waiting[static_cast<size_t>(i)].get();
      ASSERT_TRUE(outcome) << outcome.error().error.text();
      EXPECT_EQ(floats_of(outcome->answers[0].tensors.at(0))[0], 2.0f * static_cast<float>(i));
    }
    EXPECT_EQ(backend->most.load(), static_cast<size_t>(std::max<int64_t>(batch_max, 1)));
  }
}

TEST_F(TensorModelTest, AFailureIsItsOwnItems) {
  serve(8);
  auto blocking = send(fp32("x", {1, 2}, {std::numeric_limits<float>::infinity(), 0}));
  const auto stop = std::move(ticket);
  while (!backend->running) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::vector<std::future<Outcome>> waiting;
  for (const float first : {1.0f, -1.0f, 3.0f}) waiting.push_back(send(fp32("x", {1, 2}, {first, 0})));
  stop->cancel();
  EXPECT_TRUE(waiting[0].get());
  EXPECT_EQ(waiting[1].get().error().error.message, "negative");
  EXPECT_TRUE(waiting[2].get());
}

TEST_F(TensorModelTest, WhatTakesLongerThanItsDeadlineIsStopped) {
  serve(0);
  const Nanos begin = clock.steady();
  const Outcome outcome =
      send(fp32("x", {1, 2}, {std::numeric_limits<float>::infinity(), 0}), std::chrono::milliseconds(50)).get();
  EXPECT_EQ(outcome.error().error.code, Code::kDeadlineExceeded);
  EXPECT_LT(clock.steady() - begin, std::chrono::seconds(10));
  EXPECT_TRUE(send(fp32("x", {1, 2}, {1, 1})).get());
}

TEST(TensorConformanceTest, TheStubConforms) {
  TwiceBackend twice(0);
  TensorConformance(twice, {{{fp32("x", {1, 2}, {1, 2})}, {}}, {{fp32("x", {2, 2}, {3, 4, 5, 6})}, {}}}).run_all();
}

TEST_F(TensorModelTest, CostIsMeasuredOnZeros) {
  const TwiceBackend twice(0);
  const auto cost = measure_tensors(twice, clock);
  ASSERT_TRUE(cost);
  EXPECT_GT(cost->expected_ns(schedule::GroupWork::of(1)), 0);
  const Feed feed = feed_of_zeros(twice.model().info, 7).value();
  EXPECT_EQ(feed.tensors.at(0).shape, (std::vector<int64_t>{7, 2}));
  EXPECT_FALSE(feed_of_zeros(twice.model().info, 1 << 30));
  Item item;
  item.feed = feed;
  EXPECT_EQ(item.tokens(), 1);
  item.feed.tensors[0].bytes.assign(size_t{4} << 20, '\0');
  EXPECT_EQ(item.tokens(), 1024);
}

}  // namespace
}  // namespace fovea::inference
