#include "serve/remote/breaker.h"

#include <gtest/gtest.h>

namespace fovea::remote {
namespace {

using std::chrono::seconds;
using State = CircuitBreaker::State;

TEST(Breaker, OpensAfterFailuresInARowOnly) {
  CircuitBreaker breaker(3, seconds(10));
  const Nanos now = seconds(100);
  breaker.failed(now);
  breaker.failed(now);
  breaker.succeeded();
  breaker.failed(now);
  breaker.failed(now);
  EXPECT_EQ(breaker.admit(now).count(), 0);
  breaker.failed(now);
  EXPECT_EQ(breaker.state(now), State::kOpen);
  EXPECT_EQ(breaker.admit(now + seconds(4)), seconds(6));
}

TEST(Breaker, HalfOpenItLetsOneThrough) {
  CircuitBreaker breaker(1, seconds(10));
  breaker.failed(seconds(0));
  EXPECT_EQ(breaker.state(seconds(10)), State::kHalfOpen);
  EXPECT_EQ(breaker.admit(seconds(10)).count(), 0);
  EXPECT_GT(breaker.admit(seconds(10)).count(), 0);  // the probe is under way
  breaker.succeeded();
  EXPECT_EQ(breaker.state(seconds(10)), State::kClosed);
  EXPECT_EQ(breaker.admit(seconds(10)).count(), 0);
}

TEST(Breaker, ProbesThatFailWaitLongerEachTime) {
  CircuitBreaker breaker(1, seconds(1));
  Nanos now = seconds(0);
  breaker.failed(now);
  for (int wait : {1, 2, 4, 8, 8}) {
    EXPECT_EQ(breaker.admit(now), seconds(wait));
    now += seconds(wait);
    EXPECT_EQ(breaker.admit(now).count(), 0);
    breaker.failed(now);
  }
}

TEST(Breaker, AProbeThatIsCancelledLeavesRoomForTheNext) {
  CircuitBreaker breaker(1, seconds(1));
  breaker.failed(seconds(0));
  EXPECT_EQ(breaker.admit(seconds(1)).count(), 0);
  breaker.gave_up();
  EXPECT_EQ(breaker.admit(seconds(1)).count(), 0);
}

TEST(Breaker, StragglersOfBeforeDoNotProlong) {
  CircuitBreaker breaker(1, seconds(10));
  breaker.failed(seconds(0));
  breaker.failed(seconds(5));
  EXPECT_EQ(breaker.admit(seconds(10)).count(), 0);
}

}  // namespace
}  // namespace fovea::remote
