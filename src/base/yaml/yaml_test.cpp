#include "base/yaml/yaml.h"

#include <gtest/gtest.h>

#include "base/yaml/limits.h"

namespace fovea {
namespace {

std::string refused(std::string_view text) {
  auto root = parse_yaml("f.yaml", text);
  return root ? "" : std::string(code_name(root.error().code)) + " " + root.error().text();
}

TEST(Yaml, ForeignTextsAreRefusedNotRun) {
  EXPECT_NE(refused("").find("empty file"), std::string::npos);
  EXPECT_NE(refused("a: *b\n").find("f.yaml:1:"), std::string::npos);
  EXPECT_NE(refused("a: 1\n---\nb: 2\n").find("a second document"), std::string::npos);
  EXPECT_NE(refused("a: \xFF\n").find("not UTF-8"), std::string::npos);
  EXPECT_NE(refused("flow:\n  <<: x\n").find("a merge key"), std::string::npos);
  EXPECT_NE(refused("a: 1\na: 2\n").find("stands twice"), std::string::npos);
  EXPECT_NE(refused(std::string(100'000, '[')).find("RESOURCE_EXHAUSTED"), std::string::npos);
  EXPECT_NE(refused(std::string(kYamlBytesMax + 1, ' ')).find("RESOURCE_EXHAUSTED"), std::string::npos);
}

TEST(Yaml, KnowsPlacesAndQuotes) {
  auto root = parse_yaml("f.yaml", "a: plain\nb: 'quoted'\nc:\n  - [1, x: y]\nd: ~\n");
  ASSERT_TRUE(root) << root.error().text();
  EXPECT_TRUE(root->find("a")->plain);
  EXPECT_FALSE(root->find("b")->plain);
  EXPECT_TRUE(root->find("d")->is_null());
  EXPECT_EQ(root->find("c")->items[0].items[0].place.line, 4);
  EXPECT_EQ(root->find("c")->items[0].items[0].place.column, 6);
  EXPECT_EQ(root->key_places[2].line, 3);
}

TEST(Yaml, LimitsHold) {
  auto nested = [](size_t depth) { return std::string(depth, '[') + "1" + std::string(depth, ']'); };
  EXPECT_TRUE(parse_yaml("f", nested(kYamlDepthMax)));
  EXPECT_EQ(parse_yaml("f", nested(kYamlDepthMax + 1)).error().code, Code::kResourceExhausted);
}

}  // namespace
}  // namespace fovea
