#include "door/cli/stop_on_signal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <future>

namespace fovea::cli {
namespace {

TEST(StopOnSignal, TellsOnceAndRemembersWhich) {
  StopOnSignal signals;
  EXPECT_EQ(signals.received(), 0);
  std::promise<void> told;
  const auto watch = signals.watch([&told] { told.set_value(); });
  ::kill(::getpid(), SIGTERM);
  ASSERT_EQ(told.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ(signals.received(), SIGTERM);
}

TEST(StopOnSignal, TheEndOfTheWatchWaitsForAStopUnderWay) {
  StopOnSignal signals;
  std::promise<void> told;
  std::atomic<bool> finished{false};
  {
    const auto watch = signals.watch([&] {
      told.set_value();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      finished = true;
    });
    ::kill(::getpid(), SIGTERM);
    told.get_future().wait();
  }
  EXPECT_TRUE(finished);
}

TEST(StopOnSignal, EndsWithoutOne) {
  StopOnSignal signals;
  const auto watch = signals.watch([] { FAIL() << "nothing was sent"; });
}

}  // namespace
}  // namespace fovea::cli
