#include "engine/tensor/arena.h"

#include <gtest/gtest.h>

#include <set>

namespace fovea::tensor {
namespace {

TEST(Arena, GivesAlignedDisjointMemory) {
  Arena arena;
  const Arena::Scope scope(arena);
  std::set<float*> seen;
  float* end = nullptr;
  for (size_t count : {1u, 3u, 16u, 17u, 1000u}) {
    const auto taken = arena.take<float>(count);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(taken.data()) % kAlignment, 0u);
    EXPECT_TRUE(seen.insert(taken.data()).second);
    EXPECT_TRUE(end == nullptr || taken.data() >= end);
    end = taken.data() + count;
  }
}

TEST(Arena, AScopeGivesBackWhatItTook) {
  Arena arena;
  const Arena::Scope outer(arena);
  arena.take<float>(10);
  float* first;
  {
    const Arena::Scope inner(arena);
    first = arena.take<float>(10).data();
  }
  EXPECT_EQ(arena.take<float>(10).data(), first);
}

TEST(Arena, AllocatesNothingAfterTheLargestRound) {
  Arena arena;
  const auto round = [&](size_t floats) {
    const Arena::Scope scope(arena);
    for (int i = 0; i < 5; ++i) arena.take<float>(floats)[floats - 1] = 1;
  };
  round(500'000);
  const uint64_t allocations = arena.allocations();
  const size_t held = arena.bytes_held();
  for (size_t floats : {1u, 10u, 499'999u, 500'000u, 3u}) round(floats);
  EXPECT_EQ(arena.allocations(), allocations);
  EXPECT_EQ(arena.bytes_held(), held);
}

TEST(Arena, EarlierPiecesStayWhereABlockIsAdded) {
  Arena arena;
  const Arena::Scope scope(arena);
  const auto small = arena.take<int32_t>(100);
  for (size_t i = 0; i < 100; ++i) small[i] = static_cast<int32_t>(i);
  arena.take<float>(5'000'000)[0] = 1;
  for (size_t i = 0; i < 100; ++i) EXPECT_EQ(small[i], static_cast<int32_t>(i));
}

}  // namespace
}  // namespace fovea::tensor
