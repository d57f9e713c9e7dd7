#include "engine/weights/shard_index.h"

#include <gtest/gtest.h>

#include "engine/weights/limits.h"

namespace fovea::weights {
namespace {

Error refused(std::string_view text) {
  const auto index = parse_shard_index(text, "m/index.json");
  EXPECT_FALSE(index.has_value()) << text;
  return index ? Error{} : index.error();
}

TEST(ShardIndex, NamesAFileForEachTensor) {
  const auto index = parse_shard_index(
      R"({"metadata":{"total_size":8},
          "weight_map":{"b":"m-2.safetensors","a":"m-1.safetensors","c":"m-1.safetensors"}})",
      "index.json");
  ASSERT_TRUE(index.has_value()) << index.error().text();
  EXPECT_EQ(index->shards, (std::vector<std::string>{"m-1.safetensors", "m-2.safetensors"}));
  EXPECT_EQ(index->files.at("c"), "m-1.safetensors");
}

TEST(ShardIndex, RefusesFilesOutsideOfTheFolder) {
  for (const char* file : {"../m.safetensors", "/etc/m.safetensors", "sub/m.safetensors", "..", "m.bin", "",
                           "a\\\\..\\\\m.safetensors", "m.safetensors\\u0000.safetensors"}) {
    const Error error = refused(std::string(R"({"weight_map":{"t.weight":")") + file + "\"}}");
    EXPECT_EQ(error.code, Code::kInvalidArgument) << file;
    EXPECT_EQ(error.where, "m/index.json: t.weight") << file;
  }
  EXPECT_EQ(refused(R"({"weight_map":{"t":5}})").where, "m/index.json: t");
}

TEST(ShardIndex, RefusesWhatIsNoIndex) {
  EXPECT_EQ(refused("{").where, "m/index.json");
  for (const char* text : {"{}", "[]", R"({"weight_map":[]})", R"({"weight_map":{}})"})
    EXPECT_EQ(refused(text).where, "m/index.json: weight_map");
}

TEST(ShardIndex, LimitOfFiles) {
  const auto text = [](size_t count) {
    std::string map;
    for (size_t i = 0; i < count; ++i)
      map += (i ? ",\"" : "\"") + std::to_string(i) + "\":\"" + std::to_string(i) + ".safetensors\"";
    return "{\"weight_map\":{" + map + "}}";
  };
  EXPECT_EQ(parse_shard_index(text(kShardsMax), "i")->shards.size(), kShardsMax);
  EXPECT_NE(refused(text(kShardsMax + 1)).message.find("more than"), std::string::npos);
}

}  // namespace
}  // namespace fovea::weights
