#include "serve/inference/lane.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <future>

#include "serve/inference/timed_backend_test.h"

namespace fovea::inference {
namespace {

using std::chrono::milliseconds;
using Outcome = std::expected<Reply, Failure>;

// Takes a step for each call of `pause`, as long as it is told to; answers each item with its first id.
class StepBackend final : public Backend {
 public:
  explicit StepBackend(int steps = 4) : steps_(steps) {
    model_.info.name = "step";
    model_.info.tokens_max = 512;
  }
  const Model& model() const override { return model_; }
  int steps() const override { return steps_; }
  Result<Item> read(const Text&, bool, const std::string& where) const override {
    return fail(Code::kUnimplemented, "ids only", where);
  }
  Result<Item> read(Ids ids, const std::string&) const override { return Item{std::move(ids.ids), {}, {}, false}; }
  Result<void> run(const Run& run) const override {
    ++runs;
    for (int step = 0; step < steps_; ++step) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return open_ || run.items[0]->ids[0] == kFree; });
      }
      ++steps_done;
      if (run.pause)
        if (auto go_on = run.pause(); !go_on) return go_on;
    }
    for (size_t i = 0; i < run.items.size(); ++i) {
      run.answers[i]->values = {static_cast<float>(run.items[i]->ids[0])};
      run.answers[i]->tokens = run.items[i]->ids.size();
    }
    return {};
  }
  void open(bool open) const {
    std::lock_guard lock(mutex_);
    open_ = open;
    changed_.notify_all();
  }
  static constexpr int32_t kFree = -1;  // such an item does not wait for the gate
  mutable std::atomic<int> runs{0}, steps_done{0};

 private:
  Model model_;
  int steps_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable bool open_ = true;
};

class LaneTest : public ::testing::Test {
 protected:
  explicit LaneTest(int workers = 1)
      : backend_(std::make_shared<StepBackend>()),
        lane_({.workers = workers}, clock_),
        model_(lane_.add(backend_, {})) {}
  ~LaneTest() override { backend_->open(true); }

  std::pair<std::shared_ptr<LaneCall>, std::future<Outcome>> call(
      std::vector<int32_t> firsts, Nanos within = milliseconds(5000),
      schedule::Priority priority = schedule::Priority::kStandard) {
    auto made = std::make_shared<LaneCall>();
    made->model = model_;
    made->priority = priority;
    made->deadline = clock_.steady() + within;
    for (int32_t first : firsts) made->items.push_back({{first, 2, 3}, {}, {}, false});
    auto promise = std::make_shared<std::promise<Outcome>>();
    made->done = [promise](Outcome outcome) { promise->set_value(std::move(outcome)); };
    return {made, promise->get_future()};
  }
  std::future<Outcome> send(std::vector<int32_t> firsts, Nanos within = milliseconds(5000)) {
    auto [made, future] = call(std::move(firsts), within);
    lane_.submit(made);
    return std::move(future);
  }
  void wait_for_steps(int steps) {
    while (backend_->steps_done < steps) std::this_thread::yield();
  }
  void wait_for_runs(int runs) {
    while (backend_->runs < runs) std::this_thread::yield();
  }

  SystemClock clock_;
  std::shared_ptr<StepBackend> backend_;
  Lane lane_;
  std::shared_ptr<LaneModel> model_;
};

TEST_F(LaneTest, AnswersEveryInputInOrder) {
  const Outcome outcome = send({7, 8, 9}).get();
  ASSERT_TRUE(outcome) << outcome.error().error.text();
  ASSERT_EQ(outcome->answers.size(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(outcome->answers[i].values, std::vector<float>{static_cast<float>(7 + i)});
  EXPECT_EQ(outcome->answers[0].tokens, 3u);
  EXPECT_EQ(outcome->model->info.name, "step");
  EXPECT_EQ(lane_.statistics(*model_).inferences, 3u);
}

TEST_F(LaneTest, NoInputsNoWork) {
  const Outcome outcome = send({}).get();
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->answers.empty());
  EXPECT_EQ(backend_->runs, 0);
}

TEST_F(LaneTest, ADeadlineThatPassesInTheQueueIsSaidAtOnceWhenAWorkerLooks) {
  backend_->open(false);
  auto first = send({1});
  wait_for_runs(1);
  auto late = send({2}, milliseconds(5));
  std::this_thread::sleep_for(milliseconds(20));
  backend_->open(true);
  const Outcome outcome = late.get();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().error.code, Code::kDeadlineExceeded);
  EXPECT_TRUE(first.get());
}

TEST_F(LaneTest, AWaitingCallThatIsCancelledIsNotComputed) {
  backend_->open(false);
  auto first = send({1});
  wait_for_runs(1);
  auto [second, answer] = call({2, 3});
  lane_.submit(second);
  lane_.cancel(second);
  EXPECT_EQ(answer.get().error().error.code, Code::kCancelled);
  lane_.cancel(second);
  backend_->open(true);
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(lane_.drain(clock_.steady() + milliseconds(2000)));
  EXPECT_EQ(backend_->runs, 1);
  EXPECT_EQ(lane_.statistics(*model_).cancelled, 1u);
}

TEST_F(LaneTest, ARunningCallWhoseClientGoesStopsWithinAStep) {
  backend_->open(false);
  auto [running, answer] = call({1});
  lane_.submit(running);
  wait_for_runs(1);
  lane_.cancel(running);
  EXPECT_EQ(answer.get().error().error.code, Code::kCancelled);
  backend_->open(true);
  EXPECT_TRUE(send({5}).get());
  EXPECT_EQ(backend_->steps_done, 1 + 4) << "one step of the first, all of the second";
}

// Memory of answers that wait to be computed counts as what waits.
TEST_F(LaneTest, RowsOfAllTokensCountAtTheLimitAndOnePastIt) {
  const auto item = [](size_t tokens) {
    Item made;
    made.ids.assign(tokens, 1);
    made.token_width = 100;
    return made;
  };
  Lane lane({.workers = 1, .bytes_max = item(10).bytes() + item(20).bytes()}, clock_);
  model_ = lane.add(backend_, {});
  const auto send_rows = [&](size_t tokens) {
    auto [made, answer] = call({});
    made->items.push_back(item(tokens));
    lane.submit(made);
    return std::move(answer);
  };
  backend_->open(false);
  auto running = send_rows(1);
  wait_for_runs(1);
  auto first = send_rows(10), fits = send_rows(20), past = send_rows(1);
  const Outcome refused = past.get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error.code, Code::kResourceExhausted);
  EXPECT_EQ(refused.error().error.message, "the queue is full");
  backend_->open(true);
  for (auto* each : {&running, &first, &fits}) EXPECT_TRUE(each->get());
  EXPECT_FALSE(send_rows(31).get()) << "more than ever waits";
  model_.reset();
}

TEST_F(LaneTest, AReplacedModelServesThoseThatFoundIt) {
  auto [before, answer] = call({4});
  lane_.retire(model_);
  lane_.submit(before);
  EXPECT_TRUE(answer.get());
  before.reset();
  EXPECT_TRUE(lane_.drain(clock_.steady() + milliseconds(2000)));
}

TEST_F(LaneTest, ThoseThatWaitWhenItStopsAreTold) {
  std::future<Outcome> running, waiting;
  {
    auto backend = std::make_shared<StepBackend>();
    Lane lane({.workers = 1}, clock_);
    model_ = lane.add(backend, {});
    backend->open(false);
    auto [first, first_answer] = call({1});
    auto [second, second_answer] = call({2});
    lane.submit(first);
    while (backend->runs < 1) std::this_thread::yield();
    lane.submit(second);
    running = std::move(first_answer);
    waiting = std::move(second_answer);
    backend->open(true);
  }
  for (auto* each : {&running, &waiting}) {
    const Outcome outcome = each->get();  // done before it stopped, or told
    EXPECT_TRUE(outcome || outcome.error().error.code == Code::kUnavailable);
  }
}

// From many threads, some of which give up: every call has one answer, and they are right.
class ManyThreads : public LaneTest {
 protected:
  ManyThreads() : LaneTest(3) {}
};

TEST_F(ManyThreads, EveryCallHasOneAnswer) {
  std::vector<std::thread> threads;
  std::atomic<int> right{0}, cancelled{0}, wrong{0};
  for (int32_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int32_t i = 0; i < 300; ++i) {
        auto [made, answer] = call({t * 1000 + i, t});
        lane_.submit(made);
        if (i % 7 == 0) lane_.cancel(made);
        const Outcome outcome = answer.get();
        if (!outcome) {
          ++(outcome.error().error.code == Code::kCancelled ? cancelled : wrong);
        } else {
          ++(outcome->answers[0].values[0] == static_cast<float>(t * 1000 + i) ? right : wrong);
        }
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(right + cancelled, 1200);
  EXPECT_TRUE(lane_.drain(clock_.steady() + milliseconds(5000)));
  EXPECT_EQ(lane_.waiting(), 0u);
}

// A model serves by an estimate; what its groups cost is learnt beside that.
TEST(LaneCost, IsLearntAfterTheModelServes) {
  const SystemClock clock;
  Lane lane({.workers = 1}, clock);
  const auto backend = std::make_shared<TimedBackend>(nullptr, schedule::CostModel(0, 2000, 0));
  const auto model = lane.add(backend, Lane::estimate(*backend, clock).value());
  const auto group = schedule::GroupWork::of(512);
  const double estimated = lane.cost(*model)->expected_ns(group);
  EXPECT_GT(estimated, 1.4e6) << "cautious: texts of such a length were not tried";
  lane.learn(*model);
  for (int i = 0; i < 6000 && lane.cost(*model)->expected_ns(group) == estimated; ++i)
    std::this_thread::sleep_for(milliseconds(10));
  EXPECT_NEAR(lane.cost(*model)->expected_ns(group), 1.024e6, 0.2e6);
}

}  // namespace
}  // namespace fovea::inference
