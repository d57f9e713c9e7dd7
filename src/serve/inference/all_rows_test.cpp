#include "serve/inference/all_rows.h"

#include <gtest/gtest.h>

#include <future>

#include "engine/models/encoder_model.h"
#include "engine/models/text_encoder.h"
#include "engine/models/tiny_bert_folder.h"
#include "serve/inference/limits.h"
#include "serve/inference/model_server.h"

namespace fovea::inference {
namespace {

using models::TinyBertFolder;
using Outcome = std::expected<Reply, Failure>;

ModelInfo info_of(Task task, int64_t token_width) {
  ModelInfo info;
  info.name = "m";
  info.task = task;
  info.token_width = token_width;
  return info;
}

std::vector<Item> items_of(std::initializer_list<size_t> tokens) {
  std::vector<Item> items;
  for (const size_t each : tokens) items.emplace_back().ids.assign(each, 1);
  return items;
}

TEST(AllRows, AreWantedOfEveryInput) {
  auto items = items_of({3, 0, 5});
  const size_t before = items[2].bytes();
  ASSERT_TRUE(want_all_rows(info_of(Task::kEmbedding, 384), items));
  for (const Item& item : items) EXPECT_EQ(item.token_width, 384);
  EXPECT_EQ(items[2].bytes(), before + 5 * 384 * sizeof(float)) << "what waits for its rows counts with them";
  EXPECT_TRUE(want_all_rows(info_of(Task::kEmbedding, 384), {}));
}

TEST(AllRows, AtTheLimitAndOnePastIt) {
  constexpr int64_t kWidth = 1024;
  constexpr auto kTokens = static_cast<size_t>(kTokenValuesMax / kWidth);
  auto items = items_of({kTokens - 7, 7});
  EXPECT_TRUE(want_all_rows(info_of(Task::kEmbedding, kWidth), items));
  items = items_of({kTokens - 7, 8});
  const auto past = want_all_rows(info_of(Task::kEmbedding, kWidth), items);
  ASSERT_FALSE(past);
  EXPECT_EQ(past.error().code, Code::kOutOfRange);
  EXPECT_EQ(past.error().text(),
            "inputs: 8193 tokens of 1024 numbers each, at most 8388608 numbers are given at once (send fewer texts, or "
            "shorter ones)");
  items = items_of({1});
  EXPECT_TRUE(want_all_rows(info_of(Task::kEmbedding, kTokenValuesMax), items));
  EXPECT_FALSE(want_all_rows(info_of(Task::kEmbedding, kTokenValuesMax + 1), items));
}

TEST(AllRows, OtherModelsSayWhy) {
  auto items = items_of({3});
  for (const Task task : {Task::kClassification, Task::kTokenClassification, Task::kScore, Task::kTensors}) {
    const auto refused = want_all_rows(info_of(task, 0), items);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kFailedPrecondition);
    EXPECT_NE(refused.error().message.find(task_name(task)), std::string::npos);
  }
  const auto elsewhere = want_all_rows(info_of(Task::kEmbedding, 0), items);
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().code, Code::kUnimplemented);
  EXPECT_EQ(elsewhere.error().where, "model");
  EXPECT_FALSE(elsewhere.error().hint.empty());
}

// Through a server.
class AllRowsServed : public ::testing::Test {
 protected:
  void serve(std::vector<ModelPlace> places, size_t cache_bytes = 0) {
    ModelServerOptions options;
    options.models = std::move(places);
    options.schedule.workers = 1;
    options.cache_bytes = cache_bytes;
    server_ = ModelServer::create(std::move(options), clock_).value();
    const auto loaded = server_->load_all();
    ASSERT_TRUE(loaded) << loaded.error().text();
  }
  std::future<Outcome> send(std::string model, const std::vector<std::string>& texts, bool all_rows) {
    Call call;
    call.model = std::move(model);
    call.all_rows = all_rows;
    std::vector<Text> inputs;
    for (const std::string& text : texts) inputs.push_back({text, "", false});
    call.inputs = std::move(inputs);
    auto promise = std::make_shared<std::promise<Outcome>>();
    tickets_.push_back(
        server_->submit(std::move(call), [promise](Outcome outcome) { promise->set_value(std::move(outcome)); }));
    return promise->get_future();
  }

  SystemClock clock_;
  std::unique_ptr<ModelServer> server_;
  std::vector<std::unique_ptr<Ticket>> tickets_;
};

TEST_F(AllRowsServed, AreTheEnginesWhateverWaitsBesideThem) {
  const TinyBertFolder folder;
  serve({{"tiny", folder.path()}});
  const std::vector<std::string> texts{"the refund is late", "", "where my order is", "good"};
  auto encoder = models::TextEncoder::create(folder.path(), {.workers = 1}).value();
  const auto pooled = encoder->encode(texts).value();
  std::vector<std::vector<float>> want;
  for (const auto& each : pooled) {
    const std::vector<int32_t> offsets{0, static_cast<int32_t>(each.tokens.ids.size())};
    std::vector<float> out(TinyBertFolder::kHidden);
    want.emplace_back(each.tokens.ids.size() * TinyBertFolder::kHidden);
    models::ModelRun how;
    how.token_rows = {want.back().data(), offsets[1], TinyBertFolder::kHidden};
    tensor::Arena arena;
    ASSERT_TRUE(encoder->model().run({each.tokens.ids, offsets}, {out.data(), 1, TinyBertFolder::kHidden}, arena, how));
  }
  EXPECT_EQ(server_->model("tiny", "").value()->info.token_width, TinyBertFolder::kHidden);
  // One worker: what comes while it computes becomes one group, of both kinds.
  for (int round = 0; round < 20; ++round) {
    std::vector<std::future<Outcome>> rows, embeddings;
    for (int i = 0; i < 4; ++i) {
      rows.push_back(send("tiny", texts, true));
      embeddings.push_back(send("tiny", texts, false));
    }
    for (auto& each : rows) {
      const Outcome outcome = each.get();
      ASSERT_TRUE(outcome) << outcome.error().error.text();
      for (size_t i = 0; i < texts.size(); ++i) {
        ASSERT_EQ(outcome->answers[i].values, want[i]) << texts[i];
        ASSERT_EQ(outcome->answers[i].tokens, pooled[i].tokens.ids.size());
      }
    }
    for (auto& each : embeddings) {
      const Outcome outcome = each.get();
      ASSERT_TRUE(outcome);
      for (size_t i = 0; i < texts.size(); ++i) ASSERT_EQ(outcome->answers[i].values, pooled[i].values);
    }
  }
  const Statistics counts = server_->statistics("tiny", "").value();
  EXPECT_LT(counts.groups, counts.inferences) << "nothing shared a group: nothing was tested";
}

TEST_F(AllRowsServed, TheCacheKeepsThemApart) {
  const TinyBertFolder folder;
  serve({{"tiny", folder.path()}}, 1 << 20);
  const std::vector<std::string> texts{"the refund is late"};
  const auto embedding = send("tiny", texts, false).get().value();
  const auto rows = send("tiny", texts, true).get().value();
  EXPECT_EQ(embedding.answers[0].values.size(), size_t{TinyBertFolder::kHidden});
  EXPECT_EQ(rows.answers[0].values.size(), rows.answers[0].tokens * TinyBertFolder::kHidden);
  EXPECT_EQ(send("tiny", texts, true).get()->answers[0].values, rows.answers[0].values);
  EXPECT_EQ(send("tiny", texts, false).get()->answers[0].values, embedding.answers[0].values);
  const Statistics counts = server_->statistics("tiny", "").value();
  EXPECT_EQ(counts.cache_hits, 1u) << "the second embedding";
  EXPECT_EQ(counts.cache_misses, 3u);
  // The same input twice in a call is computed once.
  const auto twice = send("tiny", {"good", "good"}, true).get().value();
  EXPECT_EQ(twice.answers[0].values, twice.answers[1].values);
  EXPECT_EQ(server_->statistics("tiny", "").value().inferences, 4u);
}

TEST_F(AllRowsServed, ModelsWithoutThemRefuse) {
  const TinyBertFolder classifier({.labels = 3});
  serve({{"labels", classifier.path()}, {"null", "null"}});
  const auto code = [&](const char* model) {
    const Outcome outcome = send(model, {"a"}, true).get();
    return outcome ? Code::kUnknown : outcome.error().error.code;
  };
  EXPECT_EQ(code("labels"), Code::kFailedPrecondition);
  EXPECT_EQ(code("null"), Code::kUnimplemented);
  EXPECT_TRUE(send("labels", {"a"}, false).get());
}

}  // namespace
}  // namespace fovea::inference
