#include "flow/review.h"

#include "flow/kept_fixture.h"

namespace fovea::flow {
namespace {

class ReviewTest : public KeptTest {};

TEST_F(ReviewTest, AnAnswerIsDecidedKeptAndProven) {
  take({"refund", "hello"});
  auto resolved = resolve_review(desk(), {"event-2", "refund", "ann"});
  ASSERT_TRUE(resolved) << resolved.error().text();
  EXPECT_EQ(resolved->decision.outputs.at("queue"), "refunds");
  EXPECT_EQ(resolved->decision.scored.back().rung, "human");
  EXPECT_FALSE(resolved->decision.for_human);
  EXPECT_EQ(resolved->leaf, 2);
  EXPECT_EQ(log_->next_index(), 3u);
  auto expected = std::map<std::string, std::string>{{"note", "pending"}, {"call", "pending"}, {"later", "held"}};
  EXPECT_EQ(states(2), expected);
  EXPECT_EQ(first_bad(), "");
  EXPECT_TRUE(store_->check()->empty());
  auto found = store_->find("event-2");
  EXPECT_TRUE((*found)->decision.for_human);  // what the machine decided stays as it was
  EXPECT_EQ(latest_decision(*store_, **found)->outputs.at("queue"), "refunds");
}

TEST_F(ReviewTest, OnlyOpenQuestionsAreAnsweredAndOnlyOnce) {
  take({"refund", "hello"});
  EXPECT_EQ(resolve_review(desk(), {"event-1", "x", "ann"}).error().code, Code::kFailedPrecondition);
  EXPECT_EQ(resolve_review(desk(), {"nobody", "x", "ann"}).error().code, Code::kNotFound);
  EXPECT_EQ(resolve_review(desk(), {"event-2", "", "ann"}).error().code, Code::kInvalidArgument);
  ASSERT_TRUE(resolve_review(desk(), {"event-2", "x", "ann"}));
  auto again = resolve_review(desk(), {"event-2", "y", "bob"});
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().message.find("x by ann"), std::string::npos);
  EXPECT_EQ(first_bad(), "");
}

TEST_F(ReviewTest, AnExpiredPayloadCannotBeDecided) {
  open(std::string(kTriage) + "keep: { payloads: 1h }\n");
  take({"hello"});
  clock_.advance(std::chrono::hours(2));
  take({"refund"});  // every commit expires
  auto resolved = resolve_review(desk(), {"event-1", "refund", "ann"});
  ASSERT_FALSE(resolved);
  EXPECT_NE(resolved.error().message.find("expired"), std::string::npos);
  EXPECT_EQ(first_bad(), "");
}

TEST_F(ReviewTest, WhatWaitsForAPersonCountsInWindows) {
  take({"hello", "hello", "refund"});
  auto found = store_->find("event-3");
  auto kept = remember(*store_, **found, (*found)->decision);
  ASSERT_TRUE(kept);
  EXPECT_EQ(member(kept->values.at("sender"), "messages"), Json(3));
}

}  // namespace
}  // namespace fovea::flow
