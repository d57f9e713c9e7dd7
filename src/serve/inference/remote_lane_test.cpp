#include "serve/inference/remote_lane.h"

#include <gtest/gtest.h>

#include <future>

#include "serve/inference/null_backend.h"

namespace fovea::inference {
namespace {

using std::chrono::milliseconds;
using Outcome = std::expected<Reply, Failure>;

class HeldTicket final : public Ticket {
 public:
  explicit HeldTicket(std::function<void()> cancelled) : cancelled_(std::move(cancelled)) {}
  void cancel() override { cancelled_(); }

 private:
  std::function<void()> cancelled_;
};

// Answers with each text's length, when it is told to.
class Elsewhere final : public RemoteBackend {
 public:
  Elsewhere() {
    model_.info.name = "away";
    model_.info.width = 1;
  }
  const Model& model() const override { return model_; }
  Result<Item> read(const Text& text, bool, const std::string&) const override {
    Item item;
    item.text = text;
    return item;
  }
  Result<Item> read(Ids, const std::string& where) const override { return fail(Code::kUnimplemented, "texts", where); }
  size_t fits(std::span<const Item> items) const override { return std::min<size_t>(items.size(), 2); }
  RemoteBounds bounds() const override { return {2, 6}; }

  std::unique_ptr<Ticket> start(const Group& group, Ended ended) const override {
    std::vector<Answer> answers;
    for (const Item* item : group.items) {
      answers.emplace_back().values.push_back(static_cast<float>(item->text->first.size()));
    }
    std::lock_guard lock(mutex);
    if (at_once) {
      ended(std::move(answers));
      return std::make_unique<HeldTicket>([] {});
    }
    const size_t number = held.size();
    held.push_back([ended = std::move(ended), answers](std::optional<Failure> failure) mutable {
      failure ? ended(std::unexpected(*failure)) : ended(std::move(answers));
    });
    return std::make_unique<HeldTicket>(
        [this, number] { release(number, Failure{{Code::kCancelled, "cancelled", "", ""}}); });
  }
  void release(size_t number, std::optional<Failure> failure = {}) const {
    std::function<void(std::optional<Failure>)> end;
    {
      std::lock_guard lock(mutex);
      std::swap(end, held.at(number));
      if (failure && failure->error.code == Code::kCancelled && end) ++cancelled;
    }
    if (end) end(std::move(failure));
  }
  bool holds(size_t count) const {
    for (int i = 0; i < 2000; ++i) {
      {
        std::lock_guard lock(mutex);
        if (held.size() == count) return true;
      }
      std::this_thread::sleep_for(milliseconds(1));
    }
    return false;
  }

  mutable std::mutex mutex;
  mutable std::vector<std::function<void(std::optional<Failure>)>> held;
  mutable size_t cancelled = 0;
  bool at_once = false;

 private:
  Model model_;
};

struct RemoteLaneTest : ::testing::Test {
  std::pair<std::shared_ptr<LaneCall>, std::future<Outcome>> call(std::vector<std::string> texts,
                                                                  Nanos within = std::chrono::seconds(20)) {
    auto made = std::make_shared<LaneCall>();
    made->model = model;
    made->deadline = clock.steady() + within;
    for (const std::string& text : texts) made->items.push_back(*backend->read({text, {}, false}, true, ""));
    auto told = std::make_shared<std::promise<Outcome>>();
    made->done = [told](Outcome outcome) { told->set_value(std::move(outcome)); };
    return {made, told->get_future()};
  }

  SystemClock clock;
  std::shared_ptr<Elsewhere> backend = std::make_shared<Elsewhere>();
  std::shared_ptr<LaneModel> model = [this] {
    auto made = std::make_shared<LaneModel>();
    made->backend = backend;
    return made;
  }();
  RemoteLane lane{clock};
};

TEST_F(RemoteLaneTest, CutsACallAndPutsItTogether) {
  auto [first, told] = call({"a", "bb", "ccc", "dddd", "eeeee"});
  lane.submit(first);
  ASSERT_TRUE(backend->holds(2));  // of three groups: no more may be under way
  backend->release(1);
  ASSERT_TRUE(backend->holds(3));
  backend->release(2);
  backend->release(0);
  const Outcome outcome = told.get();
  ASSERT_TRUE(outcome) << outcome.error().error.text();
  ASSERT_EQ(outcome->answers.size(), 5u);
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(outcome->answers[i].values[0], static_cast<float>(i + 1));
  const Statistics counts = lane.statistics(*model);
  EXPECT_EQ(counts.groups, 3u);
  EXPECT_EQ(counts.inferences, 5u);
  EXPECT_EQ(counts.failures, 0u);
}

TEST_F(RemoteLaneTest, RefusesBeyondWhatMayWait) {
  auto [full, full_told] = call({"1", "2", "3", "4", "5", "6"});
  auto [more, more_told] = call({"7", "8", "9"});
  lane.submit(full);
  ASSERT_TRUE(backend->holds(2));  // two wait
  auto [fits, fits_told] = call({"7", "8", "9", "10"});
  lane.submit(fits);
  lane.submit(more);
  const Outcome refused = more_told.get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.code, Code::kResourceExhausted);
  EXPECT_GT(refused.error().retry_after.count(), 0);
  EXPECT_EQ(lane.statistics(*model).refused, 1u);
  for (size_t i = 0; i < 5; ++i) {
    ASSERT_TRUE(backend->holds(std::min<size_t>(i + 2, 5)));
    backend->release(i);
  }
  EXPECT_TRUE(full_told.get());
  EXPECT_TRUE(fits_told.get());
}

TEST_F(RemoteLaneTest, TheEarliestDeadlineOfTheFirstClassGoesFirst) {
  auto [busy, busy_told] = call({"1", "2", "3", "4"});
  lane.submit(busy);
  ASSERT_TRUE(backend->holds(2));
  auto [late, late_told] = call({"long after"}, std::chrono::seconds(60));
  auto [soon, soon_told] = call({"soon"}, std::chrono::seconds(30));
  auto [batch, batch_told] = call({"batch"}, std::chrono::seconds(10));
  batch->priority = schedule::Priority::kBatch;
  lane.submit(late);
  lane.submit(batch);
  lane.submit(soon);
  backend->release(0);
  ASSERT_TRUE(backend->holds(3));
  backend->release(2);
  EXPECT_TRUE(soon_told.get());
  ASSERT_TRUE(backend->holds(4));
  backend->release(3);
  EXPECT_TRUE(late_told.get());
  ASSERT_TRUE(backend->holds(5));
  backend->release(4);
  EXPECT_TRUE(batch_told.get());
  backend->release(1);
  EXPECT_TRUE(busy_told.get());
}

TEST_F(RemoteLaneTest, WhatIsLateIsAnsweredAndItsRequestCancelled) {
  auto [first, told] = call({"a"}, milliseconds(30));
  lane.submit(first);
  const Outcome outcome = told.get();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().error.code, Code::kDeadlineExceeded);
  EXPECT_TRUE(lane.drain(clock.steady() + std::chrono::seconds(5)));
  EXPECT_EQ(backend->cancelled, 1u);
}

TEST_F(RemoteLaneTest, AClientThatGoesEndsItsRequests) {
  auto [first, told] = call({"a", "b", "c"});
  lane.submit(first);
  ASSERT_TRUE(backend->holds(2));
  lane.cancel(first);
  EXPECT_EQ(told.get().error().error.code, Code::kCancelled);
  EXPECT_EQ(backend->cancelled, 2u);
  EXPECT_EQ(lane.statistics(*model).cancelled, 1u);
  lane.cancel(first);  // again: nothing
}

TEST_F(RemoteLaneTest, OneFailureEndsTheCallAndCancelsTheRest) {
  auto [first, told] = call({"a", "b", "c", "d"});
  lane.submit(first);
  ASSERT_TRUE(backend->holds(2));
  backend->release(0, Failure{{Code::kUnavailable, "503", "", ""}, milliseconds(7)});
  const Outcome outcome = told.get();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().error.code, Code::kUnavailable);
  EXPECT_EQ(outcome.error().retry_after, milliseconds(7));
  EXPECT_EQ(backend->cancelled, 1u);
}

TEST_F(RemoteLaneTest, ABackendThatAnswersWithinStartNeedsNoStack) {
  backend->at_once = true;
  std::vector<std::future<Outcome>> all;
  for (int i = 0; i < 3000; ++i) {
    auto [each, told] = call({"x"});
    lane.submit(each);
    all.push_back(std::move(told));
    if (i % 5 == 4) all.back().wait();
  }
  for (auto& each : all) EXPECT_TRUE(each.get());
}

TEST_F(RemoteLaneTest, AStopAnswersWhatIsThere) {
  std::future<Outcome> told;
  {
    RemoteLane other(clock);
    auto [first, its_told] = call({"a", "b", "c", "d", "e"});
    other.submit(first);
    ASSERT_TRUE(backend->holds(2));
    told = std::move(its_told);
  }
  EXPECT_EQ(told.get().error().error.code, Code::kUnavailable);
  EXPECT_EQ(backend->cancelled, 2u);
}

TEST_F(RemoteLaneTest, TheLaneOfWorkersHandsRemoteCallsOn) {
  schedule::SchedulerOptions options;
  options.workers = 1;
  Lane workers(options, clock);
  const auto away = workers.add(backend, {});
  auto [first, told] = call({"abc"});
  first->model = away;
  workers.submit(first);
  ASSERT_TRUE(backend->holds(1));
  const auto near = workers.add(make_null_backend("null"), {});  // the worker is free meanwhile
  auto here = std::make_shared<LaneCall>();
  here->model = near;
  here->deadline = clock.steady() + std::chrono::seconds(20);
  here->items.push_back(*near->backend->read(Text{"four", {}, false}, true, ""));
  std::promise<Outcome> near_told;
  here->done = [&](Outcome outcome) { near_told.set_value(std::move(outcome)); };
  workers.submit(here);
  EXPECT_EQ(near_told.get_future().get()->answers[0].values[0], 4.0f);
  EXPECT_FALSE(workers.drain(clock.steady() + milliseconds(5)));
  workers.retire(away);
  backend->release(0);
  EXPECT_EQ(told.get()->answers[0].values[0], 3.0f);
  EXPECT_EQ(workers.statistics(*away).inferences, 1u);
}

}  // namespace
}  // namespace fovea::inference
