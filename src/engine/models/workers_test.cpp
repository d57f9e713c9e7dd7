#include "engine/models/workers.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>

#include "engine/models/limits.h"

namespace fovea::models {
namespace {

TEST(Workers, EveryItemOnceByAWorkerThatExists) {
  for (const int count : {1, 2, 7}) {
    const auto made = Workers::create(count);
    ASSERT_TRUE(made.has_value()) << made.error().text();
    Workers& workers = **made;
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
  EXPECT_EQ(Workers::create(0).value()->count(), processors());
}

// Lets the process map `bytes` more than it has mapped; each thread's stack is such a mapping.
bool allow_memory(uint64_t bytes) {
  std::ifstream file("/proc/self/statm");
  uint64_t pages = 0;
  if (!(file >> pages)) return false;
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0) return false;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, pages * 4096 + bytes);
  return setrlimit(RLIMIT_AS, &limit) == 0;
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they map more than any limit by themselves
TEST(Workers, AThreadThatCannotBeStartedIsAnErrorAndThoseBeforeItEnd) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const auto in_a_process_of_its_own = [] {
    if (!allow_memory(48u << 20)) _exit(2);
    const auto made = Workers::create(kWorkersMax);
    if (made) _exit(3);
    if (made.error().code != Code::kResourceExhausted || made.error().hint.empty()) _exit(4);
    std::fprintf(stderr, "%s\n", made.error().text().c_str());
    const auto fewer = Workers::create(2);  // what was started before has ended
    if (!fewer || (*fewer)->count() != 2) _exit(5);
    std::atomic<int> done{0};
    (*fewer)->run(100, [&](size_t, size_t) { ++done; });
    _exit(done == 100 ? 0 : 6);
  };
  // More than the caller alone: others had been started.
  EXPECT_EXIT(in_a_process_of_its_own(), testing::ExitedWithCode(0),
              "starts no more than ([2-9]|[1-9][0-9]+) of 1024 threads");
}
#endif

}  // namespace
}  // namespace fovea::models
