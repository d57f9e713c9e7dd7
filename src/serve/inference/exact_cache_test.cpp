#include "serve/inference/exact_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace fovea::inference {
namespace {

CachedRow row(float value) {
  return std::make_shared<const std::vector<float>>(8, value);
}

CacheKey key(int id, std::string_view tenant = "t", std::string_view digest = "d",
             std::string_view precision = "int8") {
  return cache_key(tenant, digest, precision, {id, 7}, {});
}

float value(ExactCache& cache, const CacheKey& key) {
  const CachedRow found = cache.find(key);
  return found ? found->front() : -1;
}

size_t entry_bytes() {
  ExactCache cache(1 << 20);
  cache.put(key(1), row(1));
  return cache.bytes();
}

TEST(ExactCache, KeysDifferInEachPart) {
  ExactCache cache(1 << 20);
  cache.put(cache_key("t", "d", "int8", {1, 2}, {0, 0}), row(1));
  EXPECT_EQ(value(cache, cache_key("t", "d", "int8", {1, 2}, {0, 0})), 1);
  for (const CacheKey& other :
       {cache_key("u", "d", "int8", {1, 2}, {0, 0}), cache_key("t", "e", "int8", {1, 2}, {0, 0}),
        cache_key("t", "d", "fp32", {1, 2}, {0, 0}), cache_key("t", "d", "int8", {1, 3}, {0, 0}),
        cache_key("t", "d", "int8", {1, 2}, {0, 1}), cache_key("t", "d", "int8", {1, 2, 0, 0}, {}),
        cache_key("t", "d", "int8", {1, 2}, {0, 0}, true), cache_key("td", "", "int8", {1, 2}, {0, 0}),
        cache_key("", "td", "int8", {1, 2}, {0, 0})})
    EXPECT_EQ(value(cache, other), -1);
}

// Every text has one hash: the whole key still tells them apart.
TEST(ExactCache, CollisionsGiveNoOtherInputsAnswer) {
  ExactCache cache(1 << 20, [](std::string_view) { return uint64_t{42}; });
  for (int i = 0; i < 200; ++i) cache.put(key(i), row(static_cast<float>(i)));
  for (int i = 0; i < 200; ++i) EXPECT_EQ(value(cache, key(i)), static_cast<float>(i));
  EXPECT_EQ(value(cache, key(200)), -1);
  EXPECT_EQ(value(cache, key(1, "other")), -1);
}

TEST(ExactCache, KeepsToItsBytes) {
  const size_t each = entry_bytes();
  ExactCache cache(10 * each);
  for (int i = 0; i < 10; ++i) cache.put(key(i), row(1));
  EXPECT_EQ(cache.size(), 10u);
  EXPECT_EQ(cache.bytes(), 10 * each);
  cache.put(key(10), row(1));
  EXPECT_EQ(cache.size(), 10u);
  ExactCache tiny(each - 1);
  tiny.put(key(1), row(1));
  EXPECT_EQ(tiny.size(), 0u);
}

TEST(ExactCache, WhatIsAskedForStays) {
  ExactCache cache(10 * entry_bytes());
  for (int i = 0; i < 10; ++i) cache.put(key(i), row(1));
  for (int turn = 0; turn < 20; ++turn) {
    EXPECT_EQ(value(cache, key(0)), 1) << turn;
    for (int i = 0; i < 5; ++i) cache.put(key(100 + turn * 5 + i), row(1));
  }
  EXPECT_EQ(value(cache, key(1)), -1);
  EXPECT_EQ(cache.size(), 10u);
}

TEST(ExactCache, ATenantThatFillsItPushesOutItsOwn) {
  ExactCache cache(10 * entry_bytes());
  cache.put(key(1, "a"), row(3));
  for (int i = 0; i < 100; ++i) cache.put(key(i, "b"), row(1));
  EXPECT_EQ(value(cache, key(1, "a")), 3);
}

TEST(ExactCache, ForgetsAModel) {
  ExactCache cache(1 << 20);
  for (int i = 0; i < 10; ++i) {
    cache.put(key(i, "a", "old"), row(1));
    cache.put(key(i, "b", i % 2 ? "old" : "new"), row(2));
  }
  cache.forget("old");
  EXPECT_EQ(cache.size(), 5u);
  EXPECT_EQ(value(cache, key(0, "b", "new")), 2);
  EXPECT_EQ(value(cache, key(1, "b", "old")), -1);
  cache.forget("new");
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST(ExactCache, ThreadsSeeWholeAnswers) {
  ExactCache cache(50 * entry_bytes());
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      const std::string tenant(1, static_cast<char>('a' + t % 2));
      for (int i = 0; i < 3000; ++i) {
        const int id = (i * 7 + t) % 90;
        const CachedRow found = cache.find(key(id, tenant));
        if (found && found->front() != static_cast<float>(id)) ++wrong;
        if (!found) cache.put(key(id, tenant), row(static_cast<float>(id)));
        if (i % 500 == 0) cache.forget("d");
      }
    });
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_LE(cache.size(), 50u);
}

}  // namespace
}  // namespace fovea::inference
