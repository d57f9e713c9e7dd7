#include "flow/settle.h"

#include "flow/kept_fixture.h"

namespace fovea::flow {
namespace {

class SettleTest : public KeptTest {};

TEST_F(SettleTest, DrivesOneEventAndLeavesOthersAlone) {
  take({"refund", "refund"});
  Actor actor(*flow_, effectors_, clock_);
  auto effects = settle(desk(), actor, clock_, 2, std::chrono::seconds(1));
  ASSERT_TRUE(effects) << effects.error().text();
  EXPECT_EQ(effects->size(), 3u);
  EXPECT_EQ(states(2)["note"], "committed");
  EXPECT_EQ(states(2)["later"], "held");
  EXPECT_EQ(states(1)["note"], "pending");
}

TEST_F(SettleTest, GivesUpWaitingWhenPatienceEnds) {
  take({"refund"});
  says_ = record::Outcome::Kind::kRetry;
  Actor actor(*flow_, effectors_, clock_);
  Nanos start = clock_.steady();
  ASSERT_TRUE(settle(desk(), actor, clock_, 1, std::chrono::milliseconds(100)));
  EXPECT_LT(clock_.steady() - start, std::chrono::seconds(1));
  EXPECT_EQ(states(1)["note"], "pending");
}

}  // namespace
}  // namespace fovea::flow
