#include "door/wire/orders.h"

#include <gtest/gtest.h>

#include <future>

#include "door/wire/limits.h"

namespace fovea::wire {
namespace {

TEST(Orders, OneAfterAnotherAndNotMoreThanMayWait) {
  std::promise<void> begun, go;
  std::vector<int> done;
  {
    Orders orders;
    ASSERT_TRUE(orders.add([&] {
      begun.set_value();
      go.get_future().wait();
      done.push_back(0);
    }));
    begun.get_future().wait();
    for (size_t i = 0; i < kOrdersMax; ++i) {
      ASSERT_TRUE(orders.add([&, i] { done.push_back(static_cast<int>(i) + 1); })) << i;
    }
    EXPECT_FALSE(orders.add([] {}));
    std::promise<void> last;
    go.set_value();
    while (!orders.add([&] { last.set_value(); })) std::this_thread::yield();
    last.get_future().wait();
  }
  ASSERT_EQ(done.size(), kOrdersMax + 1);
  for (size_t i = 0; i < done.size(); ++i) EXPECT_EQ(done[i], static_cast<int>(i));
}

}  // namespace
}  // namespace fovea::wire
