#include "serve/rollout/shadow.h"

#include <gtest/gtest.h>

#include "serve/rollout/limits.h"
#include "serve/rollout/two_versions_test.h"

namespace fovea::rollout {
namespace {

class ShadowTest : public ::testing::Test {
 protected:
  ShadowCopy copy(size_t bytes = 10) {
    ShadowCopy out;
    out.call = call_of("k");
    out.model = inference_.at("1").model;
    out.answers.emplace_back().values = {1, 2};
    out.bytes = bytes;
    return out;
  }
  template <typename Until>
  static bool wait_for(Until until) {
    for (int i = 0; i < 5000; ++i) {
      if (until()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }
  SystemClock clock_;
  TwoVersions inference_;
};

TEST_F(ShadowTest, ComparesWhatBothSaid) {
  Shadow shadow({"candidate", 1}, inference_, clock_);
  EXPECT_TRUE(shadow.wants("k", "m"));
  for (int i = 0; i < 10; ++i) shadow.offer(copy());
  ASSERT_TRUE(wait_for([&] { return shadow.state().answered + shadow.state().dropped == 10; }));
  inference_.at("2").disagrees = true;
  const auto before = shadow.state();
  shadow.offer(copy());
  ASSERT_TRUE(wait_for([&] { return shadow.state().answered + shadow.state().dropped == 11; }));
  const auto state = shadow.state();
  EXPECT_EQ(state.copies, 11u);
  EXPECT_EQ(state.agreed, before.agreed);
  EXPECT_EQ(state.compared, state.answered);
  EXPECT_EQ(inference_.at("1").asked, 0);
  shadow.forget();
  EXPECT_EQ(shadow.state().compared, 0u);
}

TEST_F(ShadowTest, OneThatHangsHoldsNothingBack) {
  Shadow shadow({"candidate", 1}, inference_, clock_);
  inference_.at("2").hangs = true;
  const size_t many = kShadowWaitingMax + kShadowUnderWayMax + 50;
  const Nanos begun = clock_.steady();
  for (size_t i = 0; i < many; ++i)
    if (shadow.wants("k", "m")) shadow.offer(copy());
  EXPECT_LT(clock_.steady() - begun, std::chrono::seconds(2));
  ASSERT_TRUE(wait_for([&] { return inference_.at("2").asked == static_cast<int>(kShadowUnderWayMax); }));
  const auto state = shadow.state();
  EXPECT_EQ(state.copies, many);
  EXPECT_GE(state.dropped, 50u);
  EXPECT_EQ(state.answered, 0u);
}

TEST_F(ShadowTest, ItsBytesAreBounded) {
  Shadow shadow({"candidate", 1}, inference_, clock_);
  inference_.at("2").hangs = true;
  for (size_t i = 0; i < kShadowUnderWayMax; ++i) shadow.offer(copy());
  ASSERT_TRUE(wait_for([&] { return inference_.at("2").asked == static_cast<int>(kShadowUnderWayMax); }));
  const uint64_t before = shadow.state().dropped;
  shadow.offer(copy(kShadowBytesMax - 8));  // and 8 of its answer
  EXPECT_EQ(shadow.state().dropped, before);
  shadow.offer(copy(1));
  EXPECT_EQ(shadow.state().dropped, before + 1);
}

TEST_F(ShadowTest, OneThatFailsIsCounted) {
  Shadow shadow({"candidate", 1}, inference_, clock_);
  inference_.at("2").fails = Code::kInternal;
  shadow.offer(copy());
  ASSERT_TRUE(wait_for([&] { return shadow.state().failed == 1; }));
  EXPECT_EQ(shadow.state().compared, 0u);
}

TEST_F(ShadowTest, TakesItsShareOfKeys) {
  Shadow shadow({"candidate", 0.2}, inference_, clock_);
  int chosen = 0;
  for (int i = 0; i < 5000; ++i) chosen += shadow.wants("key" + std::to_string(i), "m");
  EXPECT_NEAR(chosen, 1000, 120);
}

TEST_F(ShadowTest, ACopyKnowsItsBytes) {
  EXPECT_EQ(bytes_of(call_of("k", "four")), sizeof(inference::Text) + 4);
  inference::Call ids;
  ids.inputs = std::vector<inference::Ids>{{{1, 2, 3}, {}}};
  EXPECT_EQ(bytes_of(ids), sizeof(inference::Ids) + 12);
}

}  // namespace
}  // namespace fovea::rollout
