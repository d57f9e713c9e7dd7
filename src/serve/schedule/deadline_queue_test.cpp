#include "serve/schedule/deadline_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>

namespace fovea::schedule {
namespace {

struct Plain {
  double latest, cost;
};

// What the treap says, beside a loop over all.
TEST(DeadlineQueue, IsAsALoopOverAll) {
  Random random(11);
  DeadlineQueue queue;
  std::map<DeadlineKey, Plain> all;
  for (uint64_t step = 1; step <= 4000; ++step) {
    if (all.empty() || random.below(5) < 3) {
      const DeadlineKey key{static_cast<int64_t>(random.below(500)), step};
      const Plain plain{static_cast<double>(random.below(100000)), static_cast<double>(random.below(100))};
      queue.insert(key, plain.latest, plain.cost);
      all[key] = plain;
    } else {
      auto at = all.begin();
      std::advance(at, static_cast<std::ptrdiff_t>(random.below(all.size())));
      ASSERT_TRUE(queue.erase(at->first));
      ASSERT_FALSE(queue.erase(at->first));
      all.erase(at);
    }
    ASSERT_EQ(queue.size(), all.size());
    if (all.empty()) continue;
    ASSERT_EQ(*queue.first(), all.begin()->first);
    const DeadlineKey asked{static_cast<int64_t>(random.below(500)), random.below(4000)};
    double sum = 0, before = 0, room = std::numeric_limits<double>::infinity();
    for (const auto& [key, plain] : all) {
      sum += plain.cost;
      if (key < asked) before += plain.cost;
      if (!(key < asked)) room = std::min(room, plain.latest - sum);
    }
    ASSERT_DOUBLE_EQ(queue.cost_ns(), sum);
    ASSERT_DOUBLE_EQ(queue.cost_before(asked), before);
    ASSERT_DOUBLE_EQ(queue.room_behind(asked), room);
  }
  std::vector<DeadlineKey> seen;
  queue.visit([&](const DeadlineKey& key) {
    seen.push_back(key);
    return seen.size() < 10;
  });
  EXPECT_EQ(seen.size(), std::min<size_t>(10, all.size()));
  EXPECT_TRUE(std::ranges::is_sorted(seen));
}

TEST(DeadlineQueue, EmptyHasRoomForEverything) {
  const DeadlineQueue queue;
  EXPECT_FALSE(queue.first());
  EXPECT_EQ(queue.cost_ns(), 0);
  EXPECT_EQ(queue.room_behind({}), std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace fovea::schedule
