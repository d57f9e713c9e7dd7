#include "serve/rollout/rollouts.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "serve/rollout/two_versions_test.h"

namespace fovea::rollout {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Outcome = std::expected<inference::Reply, inference::Failure>;

class RolloutsTest : public ::testing::Test {
 protected:
  ~RolloutsTest() override { fs::remove(state_file_); }
  std::unique_ptr<Rollouts> rollouts(Plan plan, bool keep = false) {
    RolloutOptions options;
    options.plans = {std::move(plan)};
    options.judged_every = 1h;  // the tests judge
    if (keep) options.state_file = state_file_;
    options.tell = [this](const std::string& line) {
      const std::lock_guard lock(mutex_);
      told_.push_back(line);
    };
    options.promoted = [this](const std::string& model, const std::string& version) {
      promoted_.push_back(model + " " + version);
    };
    auto made = Rollouts::create(std::move(options), inference_, files_, clock_);
    EXPECT_TRUE(made) << made.error().text();
    for (int i = 0; i < 2000 && told().empty(); ++i) std::this_thread::sleep_for(1ms);  // the first judgement
    return made ? std::move(*made) : nullptr;
  }
  std::vector<std::string> told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }
  void set_told(const std::string& line) {
    const std::lock_guard lock(mutex_);
    told_ = {line};
  }
  static Plan canary(std::vector<double> steps = {0.1, 1}) {
    Plan plan;
    plan.model = "m";
    plan.canary = {
        .version = "candidate", .steps = std::move(steps), .every = 1min, .gate = {.samples = 50, .errors = 0.05}};
    return plan;
  }
  // The version that answered; empty: it failed.
  static std::string ask(inference::Inference& inference, inference::Call call) {
    std::string version;
    inference.submit(std::move(call), [&](Outcome outcome) { version = outcome ? outcome->model->info.version : ""; });
    return version;
  }
  int ask_many(inference::Inference& inference, int count, int first = 0) {
    int canary = 0;
    for (int i = 0; i < count; ++i) canary += ask(inference, call_of("key" + std::to_string(first + i))) == "2";
    return canary;
  }

  VirtualClock clock_{{1'000'000'000}};
  RealFiles files_;
  TwoVersions inference_;
  std::string state_file_ = (fs::temp_directory_path() / ("fovea_rollouts_" + std::to_string(::getpid()))).string();
  std::vector<std::string> promoted_;

 private:
  std::mutex mutex_;
  std::vector<std::string> told_;
};

TEST_F(RolloutsTest, AKeyKeepsItsVersion) {
  auto serving = rollouts(canary());
  std::map<std::string, std::string> versions;
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < 300; ++i) {
      const std::string key = "key" + std::to_string(i), version = ask(*serving, call_of(key));
      const auto [at, fresh] = versions.try_emplace(key, version);
      EXPECT_EQ(at->second, version) << key;
    }
  const auto canaries = std::ranges::count_if(versions, [](const auto& each) { return each.second == "2"; });
  EXPECT_NEAR(static_cast<double>(canaries), 30, 20);
  inference::Call named = call_of("key1");
  named.version = "2";
  EXPECT_EQ(ask(*serving, std::move(named)), "2");
}

TEST_F(RolloutsTest, IsPromotedAndToldAndRemembered) {
  {
    auto serving = rollouts(canary(), true);
    EXPECT_GT(ask_many(*serving, 1000), 50);
    clock_.advance(1min);
    serving->judge();
    EXPECT_EQ(ask_many(*serving, 100), 100) << "the last step: all";
    clock_.advance(1min);
    serving->judge();
    EXPECT_EQ(promoted_, std::vector<std::string>{"m candidate"});
    EXPECT_EQ(serving->statistics("m", "").value().rollout->canary->state, "promoted");
  }
  EXPECT_EQ(told().size(), 3u);
  auto again = rollouts(canary(), true);
  again->judge();
  EXPECT_EQ(ask_many(*again, 10), 10);
  EXPECT_EQ(told().size(), 3u);
  EXPECT_EQ(promoted_.size(), 1u) << "told once";
}

TEST_F(RolloutsTest, ACanaryThatFailsFailsNoCallAndIsRolledBack) {
  auto serving = rollouts(canary({0.5, 1}), true);
  inference_.at("2").fails = Code::kInternal;
  for (int i = 0; i < 200; ++i) EXPECT_EQ(ask(*serving, call_of("key" + std::to_string(i))), "1");
  serving->judge();
  EXPECT_EQ(serving->statistics("m", "").value().rollout->canary->state, "rolled back");
  EXPECT_NE(told().back().find("100 % of answers failed"), std::string::npos) << told().back();
  inference_.at("2").asked = 0;
  ask_many(*serving, 100);
  EXPECT_EQ(inference_.at("2").asked, 0);
  serving.reset();
  set_told("once");
  auto again = rollouts(canary({0.5, 1}), true);
  again->judge();
  EXPECT_EQ(ask_many(*again, 100), 0) << "a restart does not bring it back";
}

TEST_F(RolloutsTest, WhatIsTheRequestsOwnFaultIsNotTheCanarys) {
  auto serving = rollouts(canary({1}));
  inference_.at("2").fails = Code::kInvalidArgument;
  EXPECT_EQ(ask(*serving, call_of("k")), "");
  EXPECT_EQ(inference_.at("1").asked, 0);
  EXPECT_EQ(serving->statistics("m", "").value().rollout->canary->failed, 0u);
}

TEST_F(RolloutsTest, ACancelledCallIsNotAskedAgain) {
  auto serving = rollouts(canary({1}));
  inference_.at("2").hangs = true;
  bool done = false;
  auto ticket = serving->submit(call_of("k"), [&](const Outcome&) { done = true; });
  ticket->cancel();
  EXPECT_EQ(inference_.cancels, 1);
  inference_.let_go();
  EXPECT_TRUE(done);
  EXPECT_EQ(inference_.at("1").asked, 0);
}

TEST_F(RolloutsTest, WithoutItsVersionThePrimaryServes) {
  auto serving = rollouts(canary({1}));
  inference_.at("2").serves = false;
  serving->judge();
  EXPECT_EQ(ask_many(*serving, 20), 0);
}

TEST_F(RolloutsTest, ShadowsAreComparedAndDelayNothing) {
  Plan plan;
  plan.model = "m";
  plan.shadow = {"candidate", 1};
  set_told("no canary");
  auto serving = rollouts(plan);
  inference_.at("2").hangs = true;
  EXPECT_EQ(ask_many(*serving, 500), 0);
  EXPECT_EQ(inference_.at("1").asked, 500);
  const auto state = serving->statistics("m", "").value().rollout->shadow.value();
  EXPECT_EQ(state.copies, 500u);
  EXPECT_GT(state.dropped, 100u);
  EXPECT_FALSE(serving->statistics("m", "").value().rollout->canary);
}

TEST_F(RolloutsTest, ADamagedStateFileIsNamed) {
  ASSERT_TRUE(files_.write_atomic(state_file_, R"({"canaries":{"m":{"state":"odd"}}})"));
  RolloutOptions options;
  options.plans = {canary()};
  options.state_file = state_file_;
  const auto made = Rollouts::create(options, inference_, files_, clock_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().where, state_file_);
  EXPECT_EQ(made.error().hint, "delete it to begin canaries anew");
}

}  // namespace
}  // namespace fovea::rollout
