#include "door/assemble/remote_rung.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "door/assemble/remote_models.h"
#include "serve/fetch/scripted_http_test.h"

namespace fovea::assemble {
namespace {

using fetch::ScriptedHttp;
using fetch::ScriptedReply;
using fetch::ScriptedRequest;
using ladder::Verdict;

// Rows for texts that begin with a digit, a failure for others.
ScriptedReply reply_to(const ScriptedRequest& request) {
  const Json json = *parse_json(request.body);
  std::string rows;
  for (const Json& text : member(json, "inputs").as_array()) {
    const char first = text_or(text, "x")[0];
    if (first < '0' || first > '9') return {500, "", R"({"error":"boom"})"};
    rows += std::string(rows.empty() ? "[" : ",[") + (first > '4' ? "0.9,0.1]" : "0.4,0.6]");
  }
  return {200, "", R"({"outputs":[)" + rows + "]}"};
}

struct RemoteRungTest : ::testing::Test {
  RemoteRungTest() {
    folder = (std::filesystem::temp_directory_path() / ("fovea_rung_" + std::to_string(::getpid()))).string();
    std::filesystem::create_directories(folder);
  }
  ~RemoteRungTest() override { std::filesystem::remove_all(folder); }

  Result<std::unique_ptr<ladder::Rung>> open(const std::string& more = "", const std::string& region = "") {
    file::Rung rung;
    rung.kind = file::Rung::Kind::kRemote;
    rung.model = folder + "/m.yaml";
    rung.region = region;
    EXPECT_TRUE(files.write_atomic(rung.model, "remote: ray-serve\nurl: " + server.url("/d") +
                                                   "\ntask: classification\nlabels: [pay, other]\nbatch: 2\n"
                                                   "gives: probabilities\nretry: { backoff: 1ms }\n" +
                                                   more));
    FOVEA_TRY(auto rungs, remote.open(rung, sure));
    return std::move(rungs[0]);
  }
  std::vector<record::Scored> climb(std::unique_ptr<ladder::Rung> rung, const std::vector<std::string>& texts,
                                    Nanos within = std::chrono::seconds(20), const record::Scored* before = nullptr) {
    std::vector<std::unique_ptr<ladder::Rung>> rungs;
    rungs.push_back(std::move(rung));
    rungs.push_back(std::make_unique<Last>());
    std::vector<ladder::Item> items;
    for (const auto& text : texts) items.push_back({text, text, nullptr, clock.steady() + within, before});
    return ladder::climb(rungs, items, "intent", clock);
  }

  class Last final : public ladder::Rung {
   public:
    std::string name() const override { return "default"; }
    std::vector<ladder::Answer> answer(std::span<const ladder::Item> items, const Clock&) override {
      return std::vector<ladder::Answer>(items.size(), {Verdict::kSure, {}, ""});
    }
  };

  std::string folder;
  ScriptedHttp server{reply_to};
  SystemClock clock;
  RealFiles files;
  RemoteRungs remote{files, clock};
  file::Sure sure;
};

TEST_F(RemoteRungTest, AnswersAndSaysWhatItCost) {
  auto rung = open("price: { request: 0.5 }\n");
  ASSERT_TRUE(rung) << rung.error().text();
  const auto scored = climb(std::move(*rung), {"9", "1", "8"});
  EXPECT_EQ(scored[0].rung, "remote");
  EXPECT_EQ(scored[0].prediction.label, "pay");
  EXPECT_NEAR(scored[0].prediction.probability, 0.9, 1e-6);
  EXPECT_NEAR(scored[0].prediction.margin, 0.8, 1e-6);
  EXPECT_EQ(scored[1].prediction.label, "other");
  EXPECT_EQ(scored[0].prediction.model.size(), 64u);
  EXPECT_NEAR(scored[0].attempts[0].cost, 0.25, 1e-9);  // of two in one request
  EXPECT_NEAR(scored[2].attempts[0].cost, 0.5, 1e-9);
  EXPECT_EQ(server.requests().size(), 2u);
  EXPECT_NEAR(record::scored_from_json(record::to_json(scored[2]))->attempts[0].cost, 0.5, 1e-9);
}

TEST_F(RemoteRungTest, UnsureItStepsDown) {
  sure.error_budget = 0.2;
  auto rung = open();
  const auto scored = climb(std::move(*rung), {"9", "1"});
  EXPECT_EQ(scored[0].rung, "remote");
  EXPECT_EQ(scored[1].rung, "default");
  EXPECT_EQ(scored[1].attempts[0].outcome, "unsure");
  EXPECT_EQ(scored[1].attempts[0].detail, "probability 0.60 under 0.80");
}

TEST_F(RemoteRungTest, FailuresStepDownWithTheirReason) {
  auto rung = open();
  const auto scored = climb(std::move(*rung), {"9", "8", "boom"});
  EXPECT_EQ(scored[0].rung, "remote");
  EXPECT_EQ(scored[2].rung, "default");
  EXPECT_EQ(scored[2].attempts[0].outcome, "failed");
  EXPECT_NE(scored[2].attempts[0].detail.find("INTERNAL"), std::string::npos);
  EXPECT_NE(scored[2].attempts[0].detail.find("the service says 500: boom"), std::string::npos);
}

TEST_F(RemoteRungTest, ASpentBudgetStepsDown) {
  auto rung = open("price: { request: 1 }\nbudget_per_day: { money: 1.5, state: spent.json }\n");
  ASSERT_TRUE(rung) << rung.error().text();
  const auto scored = climb(std::move(*rung), {"9", "9", "9", "9", "9"});
  EXPECT_EQ(scored[0].rung, "remote");
  EXPECT_EQ(scored[4].rung, "default");
  EXPECT_NE(scored[4].attempts[0].detail.find("RESOURCE_EXHAUSTED"), std::string::npos);
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(RemoteRungTest, AReplayAsksNobody) {
  auto rung = open();
  const auto before = climb(std::move(*rung), {"9", "boom"});
  const size_t asked = server.requests().size();
  for (size_t i : {0u, 1u}) {
    auto again = open();
    const auto scored = climb(std::move(*again), {i == 0 ? "9" : "boom"}, std::chrono::seconds(20), &before[i]);
    EXPECT_EQ(scored[0].rung, before[i].rung);
    EXPECT_EQ(scored[0].prediction.probability, before[i].prediction.probability);
    EXPECT_EQ(scored[0].prediction.scores, before[i].prediction.scores);
  }
  EXPECT_EQ(server.requests().size(), asked);
}

TEST_F(RemoteRungTest, TextsOfARegionGoToItsModelsOnly) {
  EXPECT_TRUE(open("region: eu\n", "eu"));
  EXPECT_EQ(open("region: us\n", "eu").error().code, Code::kPermissionDenied);
  EXPECT_EQ(open("", "eu").error().code, Code::kPermissionDenied);
  auto rung = open("region: eu\n", "eu");
  EXPECT_EQ(climb(std::move(*rung), {"9"})[0].rung, "remote");
}

TEST(RemoteRungLate, WhatComesTooLateStepsDownInTime) {
  ScriptedHttp slow([](const ScriptedRequest&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    return ScriptedReply{200, "", "{}"};
  });
  SystemClock clock;
  RealFiles files;
  RemoteRungs remote(files, clock);
  file::Rung rung;
  rung.kind = file::Rung::Kind::kRemote;
  rung.model = ::testing::TempDir() + "/fovea_slow.yaml";
  ASSERT_TRUE(files.write_atomic(
      rung.model, "remote: ray-serve\nurl: " + slow.url("/d") + "\ntask: classification\nlabels: [pay, other]\n"));
  auto rungs = remote.open(rung, {});
  ASSERT_TRUE(rungs) << rungs.error().text();
  const Nanos begun = clock.steady();
  const ladder::Item item{"9", "9", nullptr, begun + std::chrono::milliseconds(60)};
  const auto answers = (*rungs)[0]->answer({&item, 1}, clock);
  EXPECT_EQ(answers[0].verdict, Verdict::kLate);
  EXPECT_LT(clock.steady() - begun, std::chrono::milliseconds(350));
}

}  // namespace
}  // namespace fovea::assemble
