#include "trust/audit/leaf.h"

#include <gtest/gtest.h>

#include <chrono>
#include <iostream>

#include "base/digest.h"
#include "base/json.h"
#include "trust/audit/limits.h"

namespace fovea::audit {
namespace {

record::Decision sample() {
  record::Decision d;
  d.event_id = "anna.berg@example.org";
  d.source = "mail:./inbox";
  d.key = "thread-of-Anna";
  d.flow = "support-triage";
  d.flow_version = 3;
  d.flow_digest = std::string(64, 'a');
  d.event_time = {1'700'000'000'000'000'000};
  d.decided_at = {1'700'000'001'500'000'000};
  d.outputs["queue"] = "refunds";
  d.outputs["amount"] = 12.5;
  record::Scored scored;
  scored.as = "intent";
  scored.rung = "attention";
  scored.prediction = {"refund",
                       0.93,
                       0.9,
                       false,
                       std::string(64, 'b'),
                       {{"refund", 0.93}, {"other", 0.03}},
                       {{0, 6, 0.25F}, {7, 9, 0.125F}}};
  scored.attempts = {{"linear", "unsure", "probability 0.41 under 0.62", 12, "refund", 0.41},
                     {"attention", "sure", "", 2500, "refund", 0.93}};
  d.scored.push_back(scored);
  d.hits.push_back({"routing.csv", 3, {{"intent.label", "refund"}, {"event.amount", 12.5}}});
  d.latency_us = 2600;
  return d;
}

const std::string kSalt(32, 's');
const std::string kPayload(32, 'p');

TEST(Leaf, IsCanonicalJsonAndHoldsNoPersonalData) {
  record::Leaf leaf = make_leaf(sample(), kSalt, kPayload);
  auto json = parse_json(leaf.bytes);
  ASSERT_TRUE(json) << leaf.bytes;
  EXPECT_EQ(canonical_text(*json), leaf.bytes);
  EXPECT_EQ(text_or(member(*json, "kind"), ""), "decision");
  EXPECT_EQ(text_or(member(*json, "flow"), ""), "support-triage");
  EXPECT_EQ(text_or(member(*json, "models").as_array()[0], ""), std::string(64, 'b'));
  EXPECT_EQ(text_or(member(*json, "rungs").as_array()[0], ""), "attention");
  for (const char* secret : {"anna", "Anna", "example.org", "refund", "inbox", "thread"}) {
    EXPECT_EQ(leaf.bytes.find(secret), std::string::npos) << secret;
  }
  // Nor a hash that could be found by trying ids.
  EXPECT_EQ(leaf.bytes.find(to_hex(bytes_of(sha256(sample().event_id)))), std::string::npos);
  EXPECT_NE(make_leaf(sample(), make_salt(), kPayload).bytes, make_leaf(sample(), make_salt(), kPayload).bytes);
}

TEST(Leaf, NamesThePrecisionWhereOneScored) {
  EXPECT_EQ(make_leaf(sample(), kSalt, kPayload).bytes.find("precision"), std::string::npos);
  record::Decision d = sample();
  d.scored[0].prediction.precision = "int8";
  d.scored.push_back(d.scored[0]);
  d.scored[1].prediction.precision = "";
  record::Leaf leaf = make_leaf(d, kSalt, kPayload);
  auto json = parse_json(leaf.bytes);
  ASSERT_TRUE(json) << leaf.bytes;
  EXPECT_EQ(canonical_text(*json), leaf.bytes);
  EXPECT_EQ(to_text(member(*json, "precisions")), R"(["int8",""])");
  EXPECT_TRUE(check_leaf(leaf.bytes, d, kSalt, kPayload));
  record::Decision other = d;
  other.scored[0].prediction.precision = "fp32";
  EXPECT_FALSE(check_leaf(leaf.bytes, other, kSalt, kPayload));
}

TEST(Leaf, IsTheLeafOfExactlyThisDecision) {
  record::Leaf leaf = make_leaf(sample(), kSalt, kPayload);
  EXPECT_TRUE(check_leaf(leaf.bytes, sample(), kSalt, kPayload));
  auto differs = [&](auto change) {
    record::Decision other = sample();
    change(other);
    auto checked = check_leaf(leaf.bytes, other, kSalt, kPayload);
    return checked ? std::string() : checked.error().message;
  };
  EXPECT_NE(differs([](auto& d) { d.event_id += "x"; }), "");
  EXPECT_NE(differs([](auto& d) { d.key = ""; }), "");
  EXPECT_NE(differs([](auto& d) { d.outputs["queue"] = "desk"; }).find("decision"), std::string::npos);
  EXPECT_NE(differs([](auto& d) { d.outputs["amount"] = 12.6; }), "");
  EXPECT_NE(differs([](auto& d) { d.scored[0].rung = "linear"; }).find("rungs"), std::string::npos);
  EXPECT_NE(differs([](auto& d) { d.hits[0].row = 4; }), "");
  EXPECT_NE(differs([](auto& d) { d.latency_us += 1; }), "");
  EXPECT_FALSE(check_leaf(leaf.bytes, sample(), std::string(32, 't'), kPayload));
  EXPECT_FALSE(check_leaf(leaf.bytes, sample(), kSalt, std::string(32, 'q')));
  EXPECT_FALSE(check_leaf(leaf.bytes, sample(), kSalt, {}));
  EXPECT_FALSE(check_leaf(leaf.bytes, sample(), kSalt, kPayload, LeafKind::kReview));
  EXPECT_FALSE(check_leaf("", sample(), kSalt, kPayload));
  EXPECT_FALSE(check_leaf("{", sample(), kSalt, kPayload));
}

TEST(Leaf, SurvivesTheStoresRoundTrip) {
  record::Leaf leaf = make_leaf(sample(), kSalt, kPayload);
  auto kept = parse_json(to_text(record::to_json(sample())));
  ASSERT_TRUE(kept);
  auto again = record::decision_from_json(*kept);
  ASSERT_TRUE(again);
  EXPECT_TRUE(check_leaf(leaf.bytes, *again, kSalt, kPayload));
}

TEST(Leaf, ReviewAndUndoCommitToTheirDetail) {
  record::Leaf review = make_leaf(sample(), kSalt, {}, LeafKind::kReview, "anna\nrefund");
  EXPECT_EQ(*leaf_kind(review.bytes), LeafKind::kReview);
  EXPECT_EQ(review.bytes.find("anna"), std::string::npos);
  EXPECT_TRUE(check_leaf(review.bytes, sample(), kSalt, {}, LeafKind::kReview, "anna\nrefund"));
  EXPECT_FALSE(check_leaf(review.bytes, sample(), kSalt, {}, LeafKind::kReview, "otto\nrefund"));
  EXPECT_EQ(*leaf_kind(make_leaf(sample(), kSalt, {}, LeafKind::kUndo, "d").bytes), LeafKind::kUndo);
}

TEST(Leaf, NeverOutgrowsAnEntry) {
  record::Decision d = sample();
  d.flow = std::string(100'000, '\x01');
  d.flow_digest = d.flow;
  record::Scored wide = d.scored[0];
  wide.prediction.model = std::string(1000, '"');
  d.scored.assign(1000, wide);
  d.scored[999].rung = "human";
  record::Leaf leaf = make_leaf(d, kSalt, kPayload);
  EXPECT_LE(leaf.bytes.size(), kEntryBytesMax);
  EXPECT_TRUE(check_leaf(leaf.bytes, d, kSalt, kPayload));
  d.scored[999].rung = "linear";  // past what the leaf names, still under its commitment
  EXPECT_FALSE(check_leaf(leaf.bytes, d, kSalt, kPayload));
}

TEST(Leaf, Cost) {
  record::Decision d = sample();
  auto start = std::chrono::steady_clock::now();
  size_t bytes = 0;
  for (int i = 0; i < 5000; ++i) bytes += make_leaf(d, kSalt, kPayload).bytes.size();
  double us = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() / 5000;
  std::cout << us << " us a leaf of " << bytes / 5000 << " bytes\n";
  EXPECT_LT(us, 2000);
}

}  // namespace
}  // namespace fovea::audit
