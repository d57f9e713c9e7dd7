#include "door/assemble/models_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace fovea::assemble {
namespace {

constexpr const char* kSample = R"(cache: 64MiB
refresh: 1m
models:
  - intents:
      from: ./models/intents
      versions: { candidate: hf://org/intents@next }
      shadow: { version: candidate, share: 20% }
      canary:
        version: candidate
        steps: [1%, 5%, 100%]
        every: 30m
        gate: { samples: 500, errors: 2%, p99: 50ms, p99_ratio: 1.2, agreement: 98% }
  - topics: { from: "mlflow://topics@champion", shadow: { version: "2" } }
)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

class ModelsFileTest : public ::testing::Test {
 protected:
  Result<ModelsFile> read(const std::string& text) {
    EXPECT_TRUE(files_.write_atomic(path_, text));
    return read_models_file(files_, path_);
  }
  RealFiles files_;
  std::string folder_ = ::testing::TempDir(), path_ = folder_ + "/models.yaml";
};

TEST_F(ModelsFileTest, SaysWhatServes) {
  const auto file = read(kSample);
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_EQ(file->cache_bytes, size_t{64} << 20);
  EXPECT_EQ(file->refresh, std::chrono::minutes(1));
  EXPECT_EQ(file->state_file, path_ + ".state.json");
  ASSERT_EQ(file->models.size(), 2u);
  EXPECT_TRUE(std::filesystem::path(file->models[0].folder).is_absolute());
  EXPECT_EQ(file->models[0].more.at("candidate"), "hf://org/intents@next");
  EXPECT_EQ(file->models[0].background, std::vector<std::string>{"candidate"});
  EXPECT_EQ(file->models[0].canaries, std::vector<std::string>{"candidate"}) << "it answers people, too";
  EXPECT_EQ(file->models[1].folder, "mlflow://topics@champion");
  EXPECT_EQ(file->models[1].background, std::vector<std::string>{"2"});
  const rollout::Plan& plan = file->plans.at(0);
  EXPECT_EQ(plan.model, "intents");
  EXPECT_EQ(plan.shadow.share, 0.2);
  EXPECT_EQ(plan.canary.steps, (std::vector<double>{0.01, 0.05, 1}));
  EXPECT_EQ(plan.canary.every, std::chrono::minutes(30));
  EXPECT_EQ(plan.canary.gate.samples, 500u);
  EXPECT_EQ(plan.canary.gate.errors, 0.02);
  EXPECT_EQ(plan.canary.gate.p99, std::chrono::milliseconds(50));
  EXPECT_EQ(plan.canary.gate.p99_ratio, 1.2);
  EXPECT_EQ(plan.canary.gate.agreement, 0.98);
}

TEST_F(ModelsFileTest, AKindOfBackendStandsBeforeItsPlace) {
  const auto file = read("models:\n  - speech: { from: \"onnxruntime:graphs/vad.onnx\" }\n");
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_TRUE(file->models[0].folder.starts_with("onnxruntime:/")) << file->models[0].folder;
  EXPECT_TRUE(file->models[0].folder.ends_with("/graphs/vad.onnx")) << file->models[0].folder;
}

TEST_F(ModelsFileTest, RefusesMistakesAndSaysWhere) {
  const auto error = [&](const std::string& from, const std::string& to) {
    const auto file = read(replaced(kSample, from, to));
    return file ? std::string("(taken)") : file.error().text();
  };
  EXPECT_NE(error("refresh: 1m", "refesh: 1m").find("models.yaml:2:1"), std::string::npos);
  EXPECT_NE(error("refresh: 1m", "refesh: 1m").find("refresh"), std::string::npos) << "a hint";
  EXPECT_NE(error("refresh: 1m", "refresh: 60").find("unit"), std::string::npos);
  EXPECT_NE(error("hf://org/intents@next", "hf://../x").find("no model of a hub"), std::string::npos);
  EXPECT_NE(error("[1%, 5%, 100%]", "[5%, 1%]").find("above the one before"), std::string::npos);
  EXPECT_NE(error("shadow: { version: candidate, share: 20% }", "shadow: { version: other }").find("needs a shadow"),
            std::string::npos);
  EXPECT_NE(error("- topics", "- intents").find("a second model"), std::string::npos);
  EXPECT_NE(error("- topics", "- ../up").find("no name"), std::string::npos);
  EXPECT_NE(error("cache: 64MiB", "cache: lots").find("size"), std::string::npos);
  for (const char* text : {"", "models: []", "models: intents", "cache: 1MiB"}) EXPECT_FALSE(read(text)) << text;
  EXPECT_FALSE(read("models:\n" + std::string(1 << 20, ' ') + "\n"));
}

TEST_F(ModelsFileTest, SizesOfOptionsHaveUnits) {
  EXPECT_EQ(bytes_of_text("64MiB", "--cache").value(), size_t{64} << 20);
  EXPECT_EQ(bytes_of_text("64", "--cache").error().where, "--cache");
}

// FOVEA_UPDATE_GOLDEN=1 writes the file. A foreign validator agrees about what is a models file.
TEST_F(ModelsFileTest, PublishedSchemaIsWhatTheCodeSays) {
  const std::string schema = "docs/formats/models.schema.json";
  if (std::getenv("FOVEA_UPDATE_GOLDEN")) {
    ASSERT_TRUE(files_.write_atomic(schema, models_schema()));
  }
  EXPECT_EQ(read_file(schema).value_or(""), models_schema()) << "FOVEA_UPDATE_GOLDEN=1 test_door_assemble writes it";
  if (std::system("python3 -c 'import jsonschema, yaml' 2>/dev/null") != 0) GTEST_SKIP() << "no python3-jsonschema";
  const auto valid = [&](const std::string& text) {
    EXPECT_TRUE(files_.write_atomic(path_, text));
    const std::string check =
        "python3 -c 'import json, sys, yaml, jsonschema; jsonschema.validate(yaml.safe_load(open(sys.argv[2])), "
        "json.load(open(sys.argv[1])))' " +
        schema + " " + path_ + " 2>/dev/null";
    return std::system(check.c_str()) == 0;
  };
  EXPECT_TRUE(valid(kSample));
  EXPECT_FALSE(valid(replaced(kSample, "refresh: 1m", "refesh: 1m")));
  EXPECT_FALSE(valid(replaced(kSample, "samples: 500", "samples: many")));
  EXPECT_FALSE(valid(replaced(kSample, "from: ./models/intents\n", "share: 3\n")));
}

// The page for users has files that are taken.
TEST_F(ModelsFileTest, ThePagesExamplesAreTaken) {
  const std::string page = read_file("docs/formats/models.md").value_or("");
  size_t examples = 0;
  for (size_t at = page.find("```yaml\n"); at != std::string::npos; at = page.find("```yaml\n", at + 1)) {
    const std::string text = page.substr(at + 8, page.find("```", at + 8) - at - 8);
    const auto file = read(text);
    EXPECT_TRUE(file) << text << file.error().text();
    ++examples;
  }
  EXPECT_GT(examples, 0u);
}

}  // namespace
}  // namespace fovea::assemble
