#include <gtest/gtest.h>

#include <cstdlib>

#include "flow/file/sample_flow_test.h"
#include "flow/file/shape.h"

namespace fovea::file {
namespace {

// FOVEA_UPDATE_GOLDEN=1 writes the file.
TEST(Schema, PublishedSchemaIsWhatTheCodeSays) {
  const std::string path = "docs/formats/flow.schema.json";
  if (std::getenv("FOVEA_UPDATE_GOLDEN")) {
    ASSERT_TRUE(RealFiles().write_atomic(path, flow_schema()));
  }
  auto committed = read_file(path);
  ASSERT_TRUE(committed) << committed.error().text();
  EXPECT_EQ(*committed, flow_schema()) << "FOVEA_UPDATE_GOLDEN=1 test_flow_file writes it";
}

// A foreign validator agrees about what is a flow file.
TEST(Schema, TakesTheSamplesAndRefusesMistakes) {
  if (std::system("python3 -c 'import jsonschema, yaml' 2>/dev/null") != 0) GTEST_SKIP() << "no python3-jsonschema";
  const std::string folder = ::testing::TempDir(), schema = folder + "/flow.schema.json",
                    sample = folder + "/flow.yaml";
  ASSERT_TRUE(RealFiles().write_atomic(schema, flow_schema()));
  auto valid = [&](std::string_view text) {
    EXPECT_TRUE(RealFiles().write_atomic(sample, text));
    std::string check =
        "python3 -c 'import json, sys, yaml, jsonschema; jsonschema.validate(yaml.safe_load(open(sys.argv[2])), "
        "json.load(open(sys.argv[1])))' " +
        schema + " " + sample + " 2>/dev/null";
    return std::system(check.c_str()) == 0;
  };
  EXPECT_TRUE(valid(kSmoke));
  EXPECT_TRUE(valid(kTriage));
  EXPECT_FALSE(valid(replaced(kSmoke, "deadline: 200ms", "deadlin: 200ms")));
  EXPECT_FALSE(valid(replaced(kSmoke, "deadline: 200ms", "deadline: 200")));
  EXPECT_FALSE(valid(replaced(kSmoke, "{ default: other }", "{ default: other, human: q }")));
  EXPECT_FALSE(valid(replaced(kTriage, "attempts: 3", "attempts: none")));
}

TEST(Shape, EveryReferenceExists) {
  for (const Shape& each : shapes()) {
    for (const Key& key : each.keys) {
      bool refers = key.want == Want::kShape || key.want == Want::kShapes || key.want == Want::kNamedShapes ||
                    key.want == Want::kTextOrShape;
      EXPECT_EQ(refers, !key.of.empty()) << each.name << "." << key.name;
      if (refers) {
        EXPECT_EQ(shape(key.of).name, key.of);
      }
      bool chooses = key.want == Want::kChoice || key.want == Want::kChoices;
      EXPECT_EQ(chooses, !key.choices.empty()) << each.name << "." << key.name;
      EXPECT_FALSE(key.about.empty());
    }
  }
}

}  // namespace
}  // namespace fovea::file
