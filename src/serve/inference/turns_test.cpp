#include "serve/inference/turns.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <thread>

namespace fovea::inference {
namespace {

TEST(Turns, LongOnesChangeNothingElse) {
  std::thread([] {
    const auto id = static_cast<id_t>(::gettid());
    ASSERT_EQ(::setpriority(PRIO_PROCESS, id, 7), 0);
    for (const int ms : {0, 5, 0, 5}) fit_turns(std::chrono::milliseconds(ms));
    EXPECT_EQ(::getpriority(PRIO_PROCESS, id), 7);
    EXPECT_EQ(::sched_getscheduler(0), SCHED_OTHER);
    give_way();
    EXPECT_EQ(::sched_getscheduler(0), SCHED_IDLE);
    for (const int ms : {0, 5}) fit_turns(std::chrono::milliseconds(ms));
    EXPECT_EQ(::sched_getscheduler(0), SCHED_IDLE) << "it is left alone";
  }).join();
}

}  // namespace
}  // namespace fovea::inference
