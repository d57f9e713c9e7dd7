#include "door/cli/models_registry.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/files.h"
#include "door/assemble/model_puller.h"
#include "door/cli/output.h"
#include "serve/registry/fake_hub_test.h"

namespace fovea::cli {
namespace {

namespace fs = std::filesystem;

class ModelsRegistryTest : public ::testing::Test {
 protected:
  ModelsRegistryTest() {
    ::setenv("HF_ENDPOINT", hub_.endpoint().c_str(), 1);
    options_.models_dir = (dir_ / "models").string();
    options_.cache = (dir_ / "cache").string();
    options_.name = "tiny";
    options_.address = "hf://org/tiny";
    options_.json = true;
  }
  ~ModelsRegistryTest() override {
    ::unsetenv("HF_ENDPOINT");
    fs::remove_all(dir_);
  }
  Json run(int (*what)(const ModelsRegistryOptions&), int want = kDone) {
    ::testing::internal::CaptureStdout();
    EXPECT_EQ(what(options_), want);
    return parse_json(::testing::internal::GetCapturedStdout()).value_or(Json());
  }

  fs::path dir_ = fs::temp_directory_path() / ("fovea_models_cli_" + std::to_string(::getpid()));
  registry::FakeHub hub_{{{"config.json", {"{}", false}}, {"model.safetensors", {"weights", true}}}};
  ModelsRegistryOptions options_;
};

TEST_F(ModelsRegistryTest, PullsListsPointsAndGoesBack) {
  options_.alias = "prod";
  const Json pulled = run(run_models_pull);
  EXPECT_EQ(number_or(member(pulled, "version"), 0), 1);
  EXPECT_EQ(number_or(member(pulled, "bytes"), 0), 9);
  EXPECT_EQ(read_file(options_.models_dir + "/tiny/1/model.safetensors").value(), "weights");
  options_.alias = "candidate";
  EXPECT_EQ(number_or(member(run(run_models_pull), "version"), 0), 2);
  options_.alias = "prod";
  options_.version = 2;
  run(run_models_alias);
  const Json listed = run(run_models_list);
  const Json& model = member(listed, "models").as_array().at(0);
  EXPECT_EQ(text_or(member(model, "name"), ""), "tiny");
  EXPECT_EQ(member(model, "versions").as_array().size(), 2u);
  EXPECT_EQ(text_or(member(member(model, "versions").as_array()[1], "address"), ""), "hf://org/tiny");
  EXPECT_EQ(number_or(member(member(model, "aliases"), "prod"), 0), 2);
  EXPECT_EQ(number_or(member(run(run_models_rollback), "version"), 0), 1);
  run(run_models_rollback, kUsage);
}

TEST_F(ModelsRegistryTest, SaysWhatIsWrong) {
  options_.version = 7;
  options_.alias = "prod";
  const Json refused = run(run_models_alias, kUsage);
  EXPECT_NE(text_or(member(member(refused, "error"), "message"), "").find("no such model"), std::string::npos)
      << to_text(refused);
  options_.name = "../up";
  run(run_models_alias, kUsage);
  run(run_models_list, kUsage);
  options_ = {};
  options_.json = true;
  options_.address = "hf://a/b/c";
  run(run_models_pull, kUsage);
  options_.address = "hf://org/tiny";
  options_.name = "tiny";
  run(run_models_pull, kUsage);
  hub_.down = true;
  options_.name.clear();
  options_.cache = (dir_ / "cache").string();
  run(run_models_pull, kTryAgain);
}

// The program's own puller, on the fake hub of the environment.
TEST_F(ModelsRegistryTest, PullsWithoutAFolderOfModels) {
  assemble::ModelPuller puller((dir_ / "cache").string());
  const auto pulled = puller.pull("hf://org/tiny").value();
  EXPECT_EQ(read_file(pulled.folder + "/model.safetensors").value(), "weights");
  EXPECT_EQ(assemble::add_pulled((dir_ / "models" / "m").string(), "hf://org/tiny", pulled).value(), 1u);
  EXPECT_EQ(puller.pull("./folder").error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace fovea::cli
