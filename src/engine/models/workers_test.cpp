#include "engine/models/workers.h"

#include <gtest/gtest.h>

namespace fovea::models {
namespace {

TEST(Workers, EveryItemOnceByAWorkerThatExists) {
  for (const int count : {1, 2, 7}) {
    Workers workers(count);
    ASSERT_EQ(workers.count(), count);
    for (const size_t items : {size_t{0}, size_t{1}, size_t{2}, size_t{1000}}) {
      std::vector<std::atomic<int>> seen(items);
      std::atomic<bool> in_range{true};
      workers.run(items, [&](size_t item, size_t worker) {
        ++seen[item];
        if (worker >= static_cast<size_t>(count)) in_range = false;
      });
      for (const auto& times : seen) ASSERT_EQ(times, 1);
      EXPECT_TRUE(in_range);
    }
  }
}

TEST(Workers, CountsTheProcessorsThatItMayUse) {
  EXPECT_GE(processors(), 1);
  EXPECT_LE(processors(), static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
  EXPECT_EQ(Workers(0).count(), processors());
}

}  // namespace
}  // namespace fovea::models
