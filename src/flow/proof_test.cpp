#include "flow/proof.h"

#include "flow/kept_fixture.h"

namespace fovea::flow {
namespace {

class ProofTest : public KeptTest {};

TEST_F(ProofTest, EveryPartOfARowIsTiedToItsEntry) {
  take({"refund"});
  store::Proven good = store_->proven(0, 1)->front();
  ASSERT_TRUE(check_row(good));
  auto bad = [&](auto change) {
    store::Proven row = good;
    change(row);
    return check_row(row).error().code == Code::kDataLoss;
  };
  EXPECT_TRUE(bad([](auto& row) { row.of = store::Proven::Of::kNothing; }));
  EXPECT_TRUE(bad([](auto& row) { row.decision.replace(row.decision.find("0.75"), 4, "0.74"); }));
  EXPECT_TRUE(bad([](auto& row) { row.decision = "{"; }));
  EXPECT_TRUE(bad([](auto& row) { row.salt[0] ^= 1; }));
  EXPECT_TRUE(bad([](auto& row) { row.payload_digest[0] ^= 1; }));
  EXPECT_TRUE(bad([](auto& row) { (*row.payload)[5] ^= 1; }));
  EXPECT_TRUE(bad([](auto& row) { row.leaf[5] ^= 1; }));
  EXPECT_TRUE(bad([](auto& row) { row.of = store::Proven::Of::kReview; }));
  store::Proven erased = good;
  erased.payload.reset();
  EXPECT_TRUE(check_row(erased));  // an expired payload leaves the proof whole
}

TEST_F(ProofTest, FeedingGoesOnWhereTheLogStands) {
  take({"refund", "hello"});
  EXPECT_EQ(log_->next_index(), 2u);
  ASSERT_TRUE(feed_log(*store_, *log_));
  EXPECT_EQ(log_->next_index(), 2u);
}

TEST(ReviewDetail, IsFramed) {
  EXPECT_NE(review_detail("a", "b\nc"), review_detail("a\nb", "c"));
}

}  // namespace
}  // namespace fovea::flow
