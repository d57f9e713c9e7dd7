#include "serve/inference/cached_lane.h"

#include <gtest/gtest.h>

#include <future>
#include <map>
#include <thread>

namespace fovea::inference {
namespace {

using Outcome = std::expected<Reply, Failure>;
using namespace std::chrono_literals;

// Counts what it computes; can be held, can fail.
class CountingBackend final : public Backend {
 public:
  CountingBackend() {
    model_.info.name = "count";
    model_.info.version = "1";
    model_.info.digest = "d";
    model_.info.precision = "fp32";
    model_.info.width = 2;
    model_.info.tokens_max = 512;
  }
  const Model& model() const override { return model_; }
  int steps() const override { return 4; }
  Result<Item> read(const Text& text, bool, const std::string&) const override {
    return read(Ids{{text.first.begin(), text.first.end()}, {}}, "");
  }
  Result<Item> read(Ids ids, const std::string&) const override {
    Item item;
    item.ids = std::move(ids.ids);
    return item;
  }
  Result<void> run(const Run& run) const override {
    ++runs;
    while (held) {
      if (run.pause) {
        if (auto go = run.pause(); !go) return go;
      }
      std::this_thread::sleep_for(1ms);
    }
    if (fails) return fail(Code::kInternal, "broken");
    for (size_t i = 0; i < run.items.size(); ++i) {
      ++items;
      const auto sum = static_cast<float>(run.items[i]->ids.at(0));
      run.answers[i]->values = {sum, static_cast<float>(run.items[i]->ids.size())};
      run.answers[i]->tokens = run.items[i]->ids.size();
    }
    return {};
  }
  mutable std::atomic<int> runs{0}, items{0};
  std::atomic<bool> held{false}, fails{false};

 private:
  Model model_;
};

class CachedLaneTest : public ::testing::Test {
 protected:
  CachedLaneTest() { model_ = lane_.add(backend_, {}); }

  struct Asked {
    std::unique_ptr<Ticket> ticket;
    std::future<Outcome> outcome;
    Outcome get() { return outcome.get(); }
  };
  Asked ask(std::vector<int32_t> firsts, std::string tenant = "a", Nanos within = 10s,
            schedule::Priority priority = schedule::Priority::kStandard, int64_t token_width = 0) {
    auto call = std::make_shared<LaneCall>();
    call->model = model_;
    call->tenant = std::move(tenant);
    call->priority = priority;
    call->deadline = clock_.steady() + within;
    for (int32_t first : firsts) {
      Item item;
      item.ids = {first, 5, 6};
      item.token_width = token_width;
      call->items.push_back(std::move(item));
    }
    auto promise = std::make_shared<std::promise<Outcome>>();
    Asked out;
    out.outcome = promise->get_future();
    call->done = [promise](Outcome outcome) { promise->set_value(std::move(outcome)); };
    out.ticket = cached_.submit(lane_, std::move(call));
    return out;
  }
  void wait_for_run(int runs) {
    for (int i = 0; i < 5000 && backend_->runs < runs; ++i) std::this_thread::sleep_for(1ms);
    ASSERT_GE(backend_->runs, runs);
  }

  SystemClock clock_;
  std::shared_ptr<CountingBackend> backend_ = std::make_shared<CountingBackend>();
  CachedLane cached_{1 << 20};
  Lane lane_{{.workers = 1}, clock_};
  std::shared_ptr<LaneModel> model_;
};

TEST_F(CachedLaneTest, WhatWasComputedIsNotComputedAgain) {
  const Reply first = ask({1, 2}).get().value();
  const Reply second = ask({2, 3, 1}).get().value();
  EXPECT_EQ(second.answers[0].values, first.answers[1].values);
  EXPECT_EQ(second.answers[1].values, (std::vector<float>{3, 3}));
  EXPECT_EQ(second.answers[2].values, first.answers[0].values);
  EXPECT_EQ(second.answers[0].tokens, 3u);
  EXPECT_EQ(second.model->info.name, "count");
  EXPECT_EQ(backend_->items, 3);
  const Reply third = ask({3, 3}).get().value();
  EXPECT_EQ(third.answers.size(), 2u);
  EXPECT_EQ(backend_->items, 3);
  EXPECT_EQ(model_->cache_hits, 4u);
  EXPECT_EQ(model_->cache_misses, 3u);
  EXPECT_EQ(model_->cached_calls, 1u);
}

TEST_F(CachedLaneTest, TheSameInputTwiceInACallIsComputedOnce) {
  const Reply reply = ask({7, 7, 7}).get().value();
  for (const Answer& answer : reply.answers) EXPECT_EQ(answer.values, (std::vector<float>{7, 3}));
  EXPECT_EQ(backend_->items, 1);
}

TEST_F(CachedLaneTest, TenantsShareNothing) {
  EXPECT_TRUE(ask({1}, "a").get());
  EXPECT_TRUE(ask({1}, "b").get());
  EXPECT_EQ(backend_->items, 2);
  cached_.forget("d");
  EXPECT_TRUE(ask({1}, "a").get());
  EXPECT_EQ(backend_->items, 3);
}

TEST_F(CachedLaneTest, WhatIsUnderWayIsWaitedFor) {
  backend_->held = true;
  Asked first = ask({1});
  wait_for_run(1);
  Asked second = ask({1, 2}), other = ask({1}, "b");
  backend_->held = false;
  EXPECT_EQ(first.get()->answers[0].values, (std::vector<float>{1, 3}));
  EXPECT_EQ(second.get()->answers[0].values, (std::vector<float>{1, 3}));
  EXPECT_TRUE(other.get());
  EXPECT_EQ(backend_->items, 3) << "1 and 2 of a, 1 of b";
}

TEST_F(CachedLaneTest, TheFirstMayGoTheOthersStillGetIt) {
  backend_->held = true;
  Asked first = ask({1});
  wait_for_run(1);
  Asked second = ask({1});
  first.ticket->cancel();
  EXPECT_EQ(first.get().error().error.code, Code::kCancelled);
  backend_->held = false;
  EXPECT_TRUE(second.get());
  EXPECT_EQ(backend_->runs, 1) << "it went on for the second";
}

TEST_F(CachedLaneTest, WhatNobodyWaitsForStops) {
  backend_->held = true;
  Asked first = ask({1});
  wait_for_run(1);
  Asked second = ask({1});
  first.ticket->cancel();
  second.ticket->cancel();
  EXPECT_EQ(second.get().error().error.code, Code::kCancelled);
  Asked third = ask({2});  // the worker is free, though the backend is held: the first run was given up
  wait_for_run(2);
  backend_->held = false;
  EXPECT_TRUE(third.get());
  EXPECT_EQ(backend_->items, 1);
  EXPECT_TRUE(ask({1}).get());
}

// The one that began it runs out of time while it waits; who has time left gets an answer.
TEST_F(CachedLaneTest, ALateFirstHandsOver) {
  backend_->held = true;
  Asked busy = ask({9});
  wait_for_run(1);
  Asked first = ask({1}, "a", 150ms), second = ask({1}, "a", 10s);
  std::this_thread::sleep_for(200ms);
  backend_->held = false;
  EXPECT_TRUE(busy.get());
  EXPECT_EQ(first.get().error().error.code, Code::kDeadlineExceeded);
  const Outcome outcome = second.get();
  ASSERT_TRUE(outcome) << outcome.error().error.text();
  EXPECT_EQ(outcome->answers[0].values, (std::vector<float>{1, 3}));
}

TEST_F(CachedLaneTest, NobodyWaitsForWhatIsLessUrgent) {
  backend_->held = true;
  Asked busy = ask({9});
  wait_for_run(1);
  Asked slow = ask({1}, "a", 10s, schedule::Priority::kBatch);
  Asked sooner = ask({1}, "a", 5s, schedule::Priority::kBatch);
  Asked urgent = ask({1}, "a", 20s, schedule::Priority::kInteractive);
  backend_->held = false;
  for (Asked* each : {&busy, &slow, &sooner, &urgent}) EXPECT_TRUE(each->get());
  EXPECT_EQ(backend_->items, 4) << "three of the same: none was as urgent as the next";
}

// Another answer than the embedding of the same tokens, known or under way; waited for by those who want the same.
TEST_F(CachedLaneTest, RowsOfAllTokensAreWaitedForAndNotKept) {
  const auto ask_rows = [&](int32_t first) { return ask({first}, "a", 10s, schedule::Priority::kStandard, 1); };
  EXPECT_TRUE(ask({1}).get());
  EXPECT_EQ(cached_.cache().size(), 1u);
  EXPECT_TRUE(ask_rows(1).get());
  EXPECT_EQ(backend_->items, 2) << "the embedding that is kept is no answer";
  EXPECT_TRUE(ask_rows(1).get());
  EXPECT_EQ(backend_->items, 3) << "the rows were not kept";
  EXPECT_EQ(cached_.cache().size(), 1u);
  backend_->held = true;
  Asked rows = ask_rows(2);
  wait_for_run(4);
  Asked same = ask_rows(2), embedding = ask({2});
  backend_->held = false;
  for (Asked* each : {&rows, &same, &embedding}) EXPECT_TRUE(each->get());
  EXPECT_EQ(backend_->items, 5) << "rows once for both, and the embedding";
  EXPECT_EQ(model_->cache_hits, 1u);
}

TEST_F(CachedLaneTest, WhatFailsFailsForAllAndIsNotKept) {
  backend_->held = true;
  backend_->fails = true;
  Asked first = ask({1}), second = ask({1});
  wait_for_run(1);
  backend_->held = false;
  EXPECT_EQ(first.get().error().error.code, Code::kInternal);
  EXPECT_EQ(second.get().error().error.code, Code::kInternal);
  backend_->fails = false;
  EXPECT_TRUE(ask({1}).get());
}

// Many threads, few texts, some that go: every answer is its own input's.
TEST_F(CachedLaneTest, UnderThreadsEveryAnswerIsItsOwn) {
  std::atomic<int> wrong{0}, lost{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) {
        const int32_t id = (i * 13 + t) % 40;
        Asked asked = ask({id, id + 100}, t % 2 ? "a" : "b");
        if (i % 7 == 0) asked.ticket->cancel();
        const Outcome outcome = asked.get();
        if (outcome && (outcome->answers[0].values[0] != static_cast<float>(id) ||
                        outcome->answers[1].values[0] != static_cast<float>(id + 100)))
          ++wrong;
        if (!outcome && outcome.error().error.code != Code::kCancelled) ++lost;
        if (i % 50 == 0) cached_.forget("d");
      }
    });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(lost, 0);
}

}  // namespace
}  // namespace fovea::inference
