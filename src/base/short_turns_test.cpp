#include "base/short_turns.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <thread>

namespace fovea {
namespace {

// What else is so of the thread stays: class and niceness, which threads that it starts have, too.
TEST(ShortTurns, ChangeNothingElse) {
  std::thread([] {
    const auto id = static_cast<id_t>(::gettid());
    ASSERT_EQ(::setpriority(PRIO_PROCESS, id, 7), 0);
    {
      const ShortTurns meanwhile;
      EXPECT_EQ(::getpriority(PRIO_PROCESS, id), 7);
      EXPECT_EQ(::sched_getscheduler(0), SCHED_OTHER);
      std::thread([] { EXPECT_EQ(::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())), 7); }).join();
    }
    EXPECT_EQ(::getpriority(PRIO_PROCESS, id), 7);
    const sched_param none{};
    ASSERT_EQ(::sched_setscheduler(0, SCHED_IDLE, &none), 0);
    ask_for_short_turns();
    EXPECT_EQ(::sched_getscheduler(0), SCHED_IDLE) << "it is left alone";
  }).join();
}

}  // namespace
}  // namespace fovea
