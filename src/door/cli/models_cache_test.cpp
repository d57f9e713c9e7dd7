#include "door/cli/models_cache.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "door/assemble/model_puller.h"
#include "door/cli/output.h"
#include "serve/registry/fake_hub_test.h"

namespace fovea::cli {
namespace {

namespace fs = std::filesystem;

class ModelsCacheTest : public ::testing::Test {
 protected:
  ModelsCacheTest() {
    fs::remove_all(dir_);
    ::setenv("HF_ENDPOINT", hub_.endpoint().c_str(), 1);
    options_.cache = dir_;
    options_.json = true;
  }
  ~ModelsCacheTest() override {
    ::unsetenv("HF_ENDPOINT");
    fs::remove_all(dir_);
  }
  Json run(int (*what)(const ModelsCacheOptions&), int want = kDone) {
    ::testing::internal::CaptureStdout();
    EXPECT_EQ(what(options_), want);
    return parse_json(::testing::internal::GetCapturedStdout()).value_or(Json());
  }
  void pull() { ASSERT_TRUE(assemble::ModelPuller(dir_).pull("hf://org/tiny")); }

  const std::string dir_ = ::testing::TempDir() + "/models_cache";
  registry::FakeHub hub_{{{"config.json", {"{}", false}}, {"model.safetensors", {"weights", true}}}};
  ModelsCacheOptions options_;
};

TEST_F(ModelsCacheTest, ListsAndPrunes) {
  EXPECT_TRUE(member(run(run_models_cache), "models").as_array().empty());
  pull();
  hub_.set(std::string(40, 'b'), {{"config.json", {"{\"n\":1}", false}}, {"model.safetensors", {"weights", true}}});
  pull();
  const Json listed = run(run_models_cache);
  ASSERT_EQ(member(listed, "models").as_array().size(), 2u);
  EXPECT_TRUE(member(member(listed, "models").as_array()[0], "address").is_null());
  EXPECT_EQ(text_or(member(member(listed, "models").as_array()[1], "address"), ""), "hf://org/tiny");
  EXPECT_EQ(number_or(member(listed, "bytes"), 0), 2 + 7 + 7 + 7);
  options_.dry_run = true;
  EXPECT_EQ(member(run(run_models_prune), "models").as_array().size(), 1u);
  options_.dry_run = false;
  EXPECT_EQ(number_or(member(run(run_models_prune), "bytes"), 0), 2);
  options_.unused_for = "0s";
  EXPECT_EQ(number_or(member(run(run_models_prune), "bytes"), 0), 14);
  EXPECT_TRUE(member(run(run_models_cache), "models").as_array().empty());
}

TEST_F(ModelsCacheTest, SaysWhatIsWrong) {
  options_.unused_for = "a while";
  run(run_models_prune, kUsage);
  options_.unused_for.clear();
  options_.addresses = {"hf://org/other"};
  const Json refused = run(run_models_prune, kUsage);
  EXPECT_NE(to_text(refused).find("never pulled"), std::string::npos);
}

}  // namespace
}  // namespace fovea::cli
