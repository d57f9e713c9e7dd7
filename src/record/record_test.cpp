#include <gtest/gtest.h>

#include "record/decision.h"
#include "record/effect.h"

namespace fovea::record {
namespace {

Decision sample() {
  Decision d;
  d.event_id = "a@b", d.source = "mail:./inbox", d.key = "k", d.flow = "f", d.flow_version = 3, d.flow_digest = "00";
  d.event_time = {1}, d.decided_at = {2};
  d.outputs["queue"] = "refunds";
  Scored s;
  s.as = "intent", s.rung = "attention", s.text_digest = "ff";
  s.prediction = {"refund", 0.93, 0.8, false, "m", {{"refund", 0.93}, {"complaint", 0.05}}, {{0, 6, 0.5F}}};
  s.attempts = {{"linear", "unsure", "probability 0.41 under 0.62", 12, "complaint", 0.41}};
  d.scored = {s};
  d.hits = {{"routing.csv", 3, {{"intent.label", "refund"}, {"event.amount", 12}}}};
  d.for_human = true, d.human_queue = "tier1", d.latency_us = 5, d.deadline_met = false;
  return d;
}

TEST(Decision, GoesThroughJsonUnchanged) {
  Json json = to_json(sample());
  auto back = decision_from_json(*parse_json(to_text(json)));
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(canonical_text(to_json(*back)), canonical_text(json));
  EXPECT_EQ(back->scored[0].attempts[0].detail, "probability 0.41 under 0.62");
  EXPECT_EQ(back->hits[0].inputs[1].second, Json(12));
}

// Proofs are made over this text: what has no precision must be written as it was before there were any.
TEST(Decision, APrecisionIsKeptWhereThereIsOne) {
  Decision d = sample();
  EXPECT_EQ(to_text(to_json(d)).find("precision"), std::string::npos);
  d.scored[0].prediction.precision = "int8";
  d.scored[0].attempts.push_back({"attention", "sure", "", 900, "refund", 0.93, "int8"});
  auto back = decision_from_json(*parse_json(to_text(to_json(d))));
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(back->scored[0].prediction.precision, "int8");
  EXPECT_EQ(back->scored[0].attempts[0].precision, "");
  EXPECT_EQ(back->scored[0].attempts[1].precision, "int8");
}

TEST(Decision, WhatIsNoDecisionIsAnError) {
  EXPECT_FALSE(decision_from_json(Json(1)));
  EXPECT_FALSE(decision_from_json(*parse_json(R"({"scored":[1]})")));
  EXPECT_FALSE(decision_from_json(*parse_json(R"({"hits":[{"inputs":[1]}]})")));
  EXPECT_FALSE(decision_from_json(*parse_json(R"({"scored":[{"scores":[[1]]}]})")));
  EXPECT_FALSE(decision_from_json(*parse_json(R"({"scored":[{"focus":[[1]]}]})")));
}

TEST(EffectState, NamesGoBothWays) {
  for (int i = 0; i < 8; ++i) {
    auto state = static_cast<EffectState>(i);
    EXPECT_EQ(state_from_name(state_name(state)).value(), state);
  }
  EXPECT_FALSE(state_from_name("gone"));
}

}  // namespace
}  // namespace fovea::record
