#include "serve/inference/model_places.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "serve/registry/model_folder.h"

namespace fovea::inference {
namespace {

namespace fs = std::filesystem;

class ModelPlacesTest : public ::testing::Test {
 protected:
  ModelPlacesTest() {
    for (const char* each : {"m/1", "m/2", "other"}) fs::create_directories(dir_ / each);
    EXPECT_TRUE(registry::set_alias(folder_, "prod", 1, clock_));
  }
  ~ModelPlacesTest() override { fs::remove_all(dir_); }
  VirtualClock clock_{{0}};
  fs::path dir_ = fs::temp_directory_path() / ("fovea_places_" + std::to_string(::getpid()));
  std::string folder_ = (dir_ / "m").string();
};

TEST_F(ModelPlacesTest, FindsNumbersAliasesAndDeclaredVersions) {
  const ModelPlaces places;
  const ModelPlace place{"m", folder_, {{"candidate", (dir_ / "other").string()}}};
  EXPECT_EQ(places.find(place, "").value().version, "1");
  EXPECT_EQ(places.find(place, "2").value().folder, folder_ + "/2");
  EXPECT_EQ(places.find(place, "candidate").value().version, "candidate");
  EXPECT_EQ(places.find(place, "candidate").value().folder, (dir_ / "other").string());
  EXPECT_EQ(places.find(place, "9").error().code, Code::kNotFound);
  EXPECT_EQ(places.aliases(place).value(), (std::vector<std::string>{"candidate", "prod"}));
}

TEST_F(ModelPlacesTest, AddressesArePulled) {
  const ModelPlace place{"m", "hf://o/n", {{"next", "mlflow://n@next"}}};
  EXPECT_EQ(ModelPlaces().find(place, "").error().code, Code::kInvalidArgument);
  const ModelPlaces places([](const std::string& address) -> Result<FoundVersion> {
    return FoundVersion{address == "hf://o/n" ? "abc" : "7", "/pulled"};
  });
  EXPECT_EQ(places.find(place, "").value().version, "abc");
  EXPECT_EQ(places.find(place, "abc").value().folder, "/pulled");
  EXPECT_EQ(places.find(place, "next").value().version, "7");
  EXPECT_EQ(places.find(place, "other").error().code, Code::kNotFound);
}

TEST_F(ModelPlacesTest, AKindOfBackendMayBeAskedFor) {
  const ModelPlaces places({}, {"onnxruntime"});
  const auto found = places.find({"m", "onnxruntime:" + folder_}, "prod").value();
  EXPECT_EQ(found.kind, "onnxruntime");
  EXPECT_EQ(found.folder, folder_ + "/1");
  EXPECT_EQ(places.aliases({"m", "onnxruntime:" + folder_}).value(), std::vector<std::string>{"prod"});
  EXPECT_EQ(places.find({"m", "other:" + folder_}, "").value().folder, "other:" + folder_);
}

TEST_F(ModelPlacesTest, WhatIsNoFolderIsOneVersion) {
  const ModelPlaces places;
  EXPECT_EQ(places.find({"m", "null"}, "").value().folder, "null");
  EXPECT_EQ(places.find({"m", "remote.yaml"}, "1").value().folder, "remote.yaml");
  EXPECT_EQ(places.find({"m", "remote.yaml"}, "2").error().code, Code::kNotFound);
  EXPECT_TRUE(places.aliases({"m", "remote.yaml"}).value().empty());
}

}  // namespace
}  // namespace fovea::inference
