#include "door/wire/side_thread.h"

#include <gtest/gtest.h>

#include <future>

namespace fovea::wire {
namespace {

TEST(SideThread, OneAfterAnotherAndNotMoreThanMayWait) {
  constexpr size_t kMost = 3;
  std::promise<void> begun, go;
  std::vector<int> done;
  {
    SideThread side(kMost);
    ASSERT_TRUE(side.add([&] {
      begun.set_value();
      go.get_future().wait();
      done.push_back(0);
    }));
    begun.get_future().wait();
    for (size_t i = 0; i < kMost; ++i) {
      ASSERT_TRUE(side.add([&, i] { done.push_back(static_cast<int>(i) + 1); })) << i;
    }
    EXPECT_FALSE(side.add([] {}));
    std::promise<void> last;
    go.set_value();
    while (!side.add([&] { last.set_value(); })) std::this_thread::yield();
    last.get_future().wait();
  }
  ASSERT_EQ(done.size(), kMost + 1);
  for (size_t i = 0; i < done.size(); ++i) EXPECT_EQ(done[i], static_cast<int>(i));
}

}  // namespace
}  // namespace fovea::wire
