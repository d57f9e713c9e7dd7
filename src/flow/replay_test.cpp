#include "flow/replay.h"

#include <cmath>

#include "flow/kept_fixture.h"

namespace fovea::flow {
namespace {

class ReplayTest : public KeptTest {
 protected:
  ReplayReport again(ReplayRange range = {}) {
    auto report = replay(*journey_, *store_, clock_, range);
    EXPECT_TRUE(report) << report.error().text();
    return std::move(*report);
  }
};

TEST_F(ReplayTest, TheSameFlowGivesTheSameAndKeepsNothing) {
  probability_ = 0.1234567890123456789;
  take({"refund", "hello", "refund"});
  ReplayReport report = again();
  EXPECT_EQ(report.replayed, 3);
  EXPECT_EQ(report.same, 3);
  EXPECT_TRUE(report.same_flow);
  EXPECT_EQ(store_->totals()->leaves, 3);
  EXPECT_TRUE(done_.empty());
  EXPECT_EQ(again({2, 2}).replayed, 1);
}

TEST_F(ReplayTest, ManyBatchesAreAllReplayed) {
  take(std::vector<std::string>(130, "refund"));
  EXPECT_EQ(again().same, 130);
}

TEST_F(ReplayTest, AChangedTableChangesOutputs) {
  take({"refund", "hello"});
  ASSERT_TRUE(files_.write_atomic(dir_ + "/routing.csv", "intent.label,=> queue\n-,all\n"));
  open(kTriage);
  ReplayReport report = again();
  EXPECT_EQ(report.outputs, 1);
  EXPECT_EQ(report.labels, 0);
  EXPECT_FALSE(report.same_flow);
  ASSERT_EQ(report.first.size(), 1u);
  EXPECT_EQ(report.first[0].outputs_after.at("queue"), "all");
}

TEST_F(ReplayTest, WhatADeadlinePushedDownIsCountedApart) {
  takes_ = std::chrono::milliseconds(60);
  take({"refund"});
  takes_ = Nanos(0);
  ReplayReport report = again();
  EXPECT_EQ(report.rungs, 0);
  EXPECT_EQ(report.rungs_by_deadline, 1);
  EXPECT_EQ(report.labels, 1);
  EXPECT_EQ(report.label_moves.begin()->first, (std::pair<std::string, std::string>("(a person)", "refund")));
}

TEST_F(ReplayTest, AnotherScoreFromTheSameModelIsAFault) {
  take({"refund"});
  probability_ = std::nextafter(probability_, 1.0);
  EXPECT_EQ(again().scores, 1);
}

TEST_F(ReplayTest, WhatTheFlowItselfDecidedIsScoredInThePrecisionOfThen) {
  precision_ = "int8";
  take({"refund", "hello"});
  precision_ = "bf16";  // the verdict was withdrawn: the flow now falls to another one
  take({"refund"});
  const ReplayReport report = again();
  EXPECT_EQ(report.same, 3);
  EXPECT_EQ(report.precisions, 0);
}

TEST_F(ReplayTest, AFlowOfAnotherPrecisionIsComparedByItsDecisions) {
  precision_ = "int8";
  take({"refund", "hello"});
  open(std::string(kTriage) + "keep: { payloads: 1h }\n");  // another version of the flow, which asks for fp32
  precision_ = "fp32";
  const ReplayReport report = again();
  EXPECT_FALSE(report.same_flow);
  EXPECT_EQ(report.precisions, 1);  // "hello" was left to a person
  EXPECT_EQ(report.scores, 0);
  EXPECT_EQ(report.same, 2);
}

TEST_F(ReplayTest, WhatWasKeptBeforePrecisionsWereIsFp32) {
  take({"refund"});
  precision_ = "fp32";
  EXPECT_EQ(again().precisions, 0);
  probability_ = std::nextafter(probability_, 1.0);
  EXPECT_EQ(again().scores, 1);
}

TEST_F(ReplayTest, ExpiredPayloadsAreCounted) {
  open(std::string(kTriage) + "keep: { payloads: 1h }\n");
  take({"refund"});
  clock_.advance(std::chrono::hours(2));
  take({"hello"});
  ReplayReport report = again();
  EXPECT_EQ(report.expired, 1);
  EXPECT_EQ(report.replayed, 1);
}

}  // namespace
}  // namespace fovea::flow
