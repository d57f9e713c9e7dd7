#include "engine/tokenize/hashed_keys.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace fovea::tokenize {
namespace {

TEST(HashedKeys, FindTheirRows) {
  std::vector<uint32_t> keys;
  for (uint32_t i = 0; i < 1000; ++i) keys.push_back(i * 4'294'967u + 7);  // spread over all 32 bits
  HashedKeys known(keys);
  for (uint32_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(known.find(keys[i]), i);
    EXPECT_EQ(known.find(keys[i] + 1), HashedKeys::kNone);
  }
  EXPECT_EQ(HashedKeys().find(0), HashedKeys::kNone);
  EXPECT_EQ(HashedKeys(std::vector<uint32_t>()).find(7), HashedKeys::kNone);
  EXPECT_EQ(HashedKeys({0}).find(0), 0u);
}

TEST(KeyCounter, CountsTextsAndKeepsTheMostFrequent) {
  KeyCounter counter;
  for (std::vector<uint32_t> text : {std::vector<uint32_t>{9, 5, 9, 9}, {5, 7}, {7, 5, 3}, {}}) counter.add_text(text);
  auto pairs = [](const std::vector<KeyCount>& counts) {
    std::vector<std::pair<uint32_t, uint32_t>> out;
    for (const KeyCount& c : counts) out.emplace_back(c.key, c.texts);
    return out;
  };
  using Pairs = std::vector<std::pair<uint32_t, uint32_t>>;
  EXPECT_EQ(pairs(counter.choose(1, 10)), (Pairs{{3, 1}, {5, 3}, {7, 2}, {9, 1}}));
  EXPECT_EQ(pairs(counter.choose(2, 10)), (Pairs{{5, 3}, {7, 2}}));
  EXPECT_EQ(pairs(counter.choose(1, 3)), (Pairs{{3, 1}, {5, 3}, {7, 2}})) << "of equals the lower key";
  EXPECT_TRUE(counter.choose(4, 10).empty());
}

}  // namespace
}  // namespace fovea::tokenize
