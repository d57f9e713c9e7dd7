#include "flow/requests.h"

#include "flow/kept_fixture.h"

namespace fovea::flow {
namespace {

class RequestsTest : public KeptTest {
 protected:
  RequestBox box_{files_, testing::TempDir() + "kept_requests_" + std::to_string(::getpid())};
  void TearDown() override {
    std::filesystem::remove_all(testing::TempDir() + "kept_requests_" + std::to_string(::getpid()));
    KeptTest::TearDown();
  }
  TimePoint soon() { return clock_.now() + std::chrono::seconds(10); }
};

TEST_F(RequestsTest, ARequestIsTakenOnceAndAnswered) {
  auto id = box_.put(JsonObject{{"do", "x"}}, soon());
  ASSERT_TRUE(id);
  EXPECT_FALSE(box_.fetch(*id));
  auto taken = box_.take(clock_.now());
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].id, *id);
  EXPECT_TRUE(box_.take(clock_.now()).empty());
  EXPECT_FALSE(box_.withdraw(*id));
  box_.answer(*id, Json(JsonObject{{"seq", 3}}), clock_.now());
  auto answer = box_.fetch(*id);
  ASSERT_TRUE(answer && *answer);
  EXPECT_EQ(member(**answer, "seq"), Json(3));
  EXPECT_FALSE(box_.fetch(*id));
}

TEST_F(RequestsTest, WhatIsWithdrawnOrTooLateIsNeverServed) {
  auto id = box_.put(JsonObject{{"do", "x"}}, soon());
  EXPECT_TRUE(box_.withdraw(*id));
  EXPECT_TRUE(box_.take(clock_.now()).empty());
  auto late = box_.put(JsonObject{{"do", "x"}}, soon());
  ASSERT_TRUE(late);
  clock_.advance(std::chrono::seconds(11));
  EXPECT_TRUE(box_.take(clock_.now()).empty());
  EXPECT_FALSE(box_.withdraw(*late));
}

TEST_F(RequestsTest, AnErrorComesBackWhole) {
  auto id = box_.put(JsonObject{{"do", "x"}}, soon());
  box_.take(clock_.now());
  box_.answer(*id, fail(Code::kNotFound, "message", "where", "hint"), clock_.now());
  auto answer = box_.fetch(*id);
  ASSERT_TRUE(answer && !*answer);
  EXPECT_EQ(answer->error().text(), Error({Code::kNotFound, "message", "where", "hint"}).text());
  EXPECT_EQ(answer->error().code, Code::kNotFound);
}

TEST_F(RequestsTest, AHolderThatWasKilledLeavesNothingBehind) {
  auto id = box_.put(JsonObject{{"do", "x"}}, soon());
  box_.take(clock_.now());
  box_.answer("0123", Json(1), clock_.now());
  box_.sweep(clock_.now());
  EXPECT_TRUE(box_.fetch("0123"));  // its asker may be about to read it
  box_.answer("0123", Json(1), clock_.now());
  clock_.advance(std::chrono::minutes(2));
  box_.sweep(clock_.now());
  EXPECT_FALSE(box_.fetch("0123"));
  EXPECT_FALSE(box_.withdraw(*id));
}

TEST_F(RequestsTest, EachKindIsServedAndAnUnknownOneRefused) {
  take({"refund", "hello"});
  auto resolved = serve(desk(), JsonObject{{"do", "resolve"}, {"id", "event-2"}, {"label", "refund"}, {"by", "ann"}});
  ASSERT_TRUE(resolved) << resolved.error().text();
  EXPECT_EQ(member(*resolved, "seq"), Json(2));
  auto undone = serve(desk(), JsonObject{{"do", "undo"}, {"id", "event-1"}, {"by", "ann"}});
  ASSERT_TRUE(undone) << undone.error().text();
  EXPECT_EQ(member(*undone, "steps").as_array().size(), 3u);
  auto held = store_->effects_in(record::EffectState::kHeld, 10);
  ASSERT_EQ(held->size(), 1u);
  EXPECT_TRUE(serve(desk(), JsonObject{{"do", "cancel"}, {"effect", held->front().id}, {"by", "ann"}}));
  EXPECT_EQ(serve(desk(), JsonObject{{"do", "dance"}}).error().code, Code::kUnimplemented);
  EXPECT_EQ(first_bad(), "");
}

}  // namespace
}  // namespace fovea::flow
