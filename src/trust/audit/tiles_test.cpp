#include "trust/audit/tiles.h"

#include <gtest/gtest.h>

#include "trust/audit/merkle.h"

namespace fovea::audit {
namespace {

TEST(Tiles, PathsAreWrittenAsTheFormatSays) {
  EXPECT_EQ(tile_index_text(0), "000");
  EXPECT_EQ(tile_index_text(1234067), "x001/x234/067");
  EXPECT_EQ(tile_path(0, 273, 112), "tile/0/273.p/112");
  EXPECT_EQ(tile_path(1, 1000, 256), "tile/1/x001/000");
  EXPECT_EQ(bundle_path(5, 44), "tile/entries/005.p/44");
}

TEST(Tiles, PathsAreReadBackAndNothingElseIsTaken) {
  for (uint64_t index : {0ull, 9ull, 999ull, 1000ull, 1234067ull, 999999999ull}) {
    for (uint64_t width : {1ull, 255ull, 256ull}) {
      auto tile = parse_tile_path(tile_path(3, index, width));
      ASSERT_TRUE(tile);
      EXPECT_TRUE(!tile->entries && tile->level == 3 && tile->index == index && tile->width == width);
      auto bundle = parse_tile_path(bundle_path(index, width));
      ASSERT_TRUE(bundle);
      EXPECT_TRUE(bundle->entries && bundle->index == index && bundle->width == width);
    }
  }
  for (const char* bad : {"", "tile/", "tile/0", "tile/0/0", "tile/0/0000", "tile/00/000", "tile/0/001/000",
                          "tile/0/x000/001", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/64/000",
                          "tile/0/000.tmp.1.0", "tile/entries/x1/000", "/tile/0/000", "tile/0/000/"}) {
    EXPECT_FALSE(parse_tile_path(bad)) << bad;
  }
}

TEST(Tiles, TheFirstTileAndBundleOfDecimalLeaves) {
  std::vector<Digest> hashes;
  std::string bundle;
  for (int i = 0; i < 256; ++i) {
    hashes.push_back(leaf_hash(std::to_string(i)));
    ASSERT_TRUE(add_entry(std::to_string(i), bundle));
  }
  EXPECT_EQ(tile_bytes(hashes).size(), 8192u);
  EXPECT_EQ(to_hex(bytes_of(sha256(tile_bytes(hashes)))),
            "b9704a8bfbee2c61185ceb38904a49f3f703c81e194b5b2ccdc254c2bdaaa62b");
  EXPECT_EQ(bundle.size(), 1170u);
  EXPECT_EQ(to_hex(bytes_of(sha256(bundle))), "94693d5c6d6a0355ec07bac8214516c1ce6a5100b0588f226fd95f26571157d7");
  auto entries = parse_bundle(bundle, 256);
  ASSERT_TRUE(entries);
  EXPECT_EQ((*entries)[255], "255");
  EXPECT_EQ(parse_tile(tile_bytes(hashes), 256), hashes);
}

TEST(Tiles, AnEntryAtTheLimitAndOnePast) {
  std::string bundle;
  EXPECT_TRUE(add_entry(std::string(65'535, 'x'), bundle));
  EXPECT_EQ((*parse_bundle(bundle, 1))[0].size(), 65'535u);
  auto over = add_entry(std::string(65'536, 'x'), bundle);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Code::kOutOfRange);
}

TEST(Tiles, DamagedBundlesAreRefused) {
  std::string bundle;
  ASSERT_TRUE(add_entry("first", bundle));
  ASSERT_TRUE(add_entry("second", bundle));
  EXPECT_TRUE(parse_bundle(bundle, 2));
  EXPECT_FALSE(parse_bundle(bundle, 1));
  EXPECT_FALSE(parse_bundle(bundle, 3));
  for (size_t cut = 0; cut < bundle.size(); ++cut) EXPECT_FALSE(parse_bundle(bundle.substr(0, cut), 2)) << cut;
  EXPECT_FALSE(parse_tile(std::string(31, 'x'), 1));
}

}  // namespace
}  // namespace fovea::audit
