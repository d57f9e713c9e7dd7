#include "serve/registry/model_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/files.h"
#include "serve/registry/limits.h"

namespace fovea::registry {
namespace {

namespace fs = std::filesystem;

class ModelFolderTest : public ::testing::Test {
 protected:
  ModelFolderTest() {
    fs::create_directories(dir_ / "from" / "sub");
    RealFiles files;
    EXPECT_TRUE(files.write_atomic((dir_ / "from" / "config.json").string(), "{}"));
    EXPECT_TRUE(files.write_atomic((dir_ / "from" / "sub" / "m.safetensors").string(), "w"));
  }
  ~ModelFolderTest() override { fs::remove_all(dir_); }
  uint64_t add() { return add_version(model_, (dir_ / "from").string(), {"hf://o/n", "abc", "then"}, clock_).value(); }
  std::string found(std::string_view version) {
    const auto place = find_version(model_, version);
    return place ? place->version : place.error().text();
  }

  fs::path dir_ = fs::temp_directory_path() / ("fovea_model_folder_" + std::to_string(::getpid()));
  std::string model_ = (dir_ / "m").string();
  VirtualClock clock_{{0}};
};

TEST_F(ModelFolderTest, VersionsFollowOneAnother) {
  EXPECT_EQ(add(), 1u);
  EXPECT_EQ(add(), 2u);
  EXPECT_EQ(read_file(model_ + "/2/sub/m.safetensors").value(), "w");
  EXPECT_EQ(found(""), "2");
  EXPECT_EQ(found("1"), "1");
  EXPECT_NE(found("3").find("no version or alias '3'"), std::string::npos);
  EXPECT_EQ(read_versions(model_).value().origins[2].address, "hf://o/n");
  EXPECT_EQ(find_version((dir_ / "from").string(), "").value().version, "1") << "a folder that is a model";
}

TEST_F(ModelFolderTest, AliasesPointAndGoBack) {
  add(), add(), add();
  ASSERT_TRUE(set_alias(model_, "prod", 1, clock_));
  EXPECT_EQ(found(""), "1");
  EXPECT_EQ(found("prod"), "1");
  ASSERT_TRUE(set_alias(model_, "prod", 3, clock_));
  ASSERT_TRUE(set_alias(model_, "prod", 3, clock_));
  ASSERT_TRUE(set_alias(model_, "candidate", 2, clock_));
  EXPECT_EQ(found("prod"), "3");
  EXPECT_EQ(roll_back(model_, "prod", clock_).value(), 1u);
  EXPECT_EQ(found(""), "1");
  EXPECT_EQ(roll_back(model_, "prod", clock_).error().code, Code::kFailedPrecondition);
  EXPECT_EQ(roll_back(model_, "other", clock_).error().code, Code::kNotFound);
  EXPECT_EQ(set_alias(model_, "prod", 9, clock_).error().code, Code::kNotFound);
  for (const char* name : {"7", "", "../x", "a b"}) EXPECT_FALSE(set_alias(model_, name, 1, clock_)) << name;
  EXPECT_EQ(set_alias((dir_ / "none").string(), "prod", 1, clock_).error().code, Code::kNotFound);
}

TEST_F(ModelFolderTest, WhatItGoesBackToIsStillThere) {
  add(), add(), add();
  for (uint64_t version : {1, 2, 3}) ASSERT_TRUE(set_alias(model_, "prod", version, clock_));
  fs::remove_all(model_ + "/2");
  EXPECT_EQ(roll_back(model_, "prod", clock_).value(), 1u);
}

TEST_F(ModelFolderTest, HasLimits) {
  add();
  for (size_t i = 0; i < kAliasesMax; ++i) ASSERT_TRUE(set_alias(model_, "a" + std::to_string(i), 1, clock_));
  EXPECT_EQ(set_alias(model_, "more", 1, clock_).error().code, Code::kResourceExhausted);
  add();
  for (size_t i = 0; i < kAliasHistoryMax + 5; ++i) ASSERT_TRUE(set_alias(model_, "a0", 1 + (i + 1) % 2, clock_));
  EXPECT_EQ(read_versions(model_).value().aliases.find("a0")->second.before.size(), kAliasHistoryMax);
}

TEST_F(ModelFolderTest, ADamagedFileIsNamed) {
  add();
  RealFiles files;
  for (const char* text :
       {"{", "[]", R"({"aliases":{"prod":{"version":"1"}}})", R"({"aliases":{"../x":{"version":1}}})"}) {
    ASSERT_TRUE(files.write_atomic(model_ + "/aliases.json", text));
    const auto read = read_versions(model_);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().where, model_ + "/aliases.json");
  }
}

TEST_F(ModelFolderTest, AModelItselfGetsNoVersions) {
  EXPECT_EQ(add_version((dir_ / "from").string(), (dir_ / "from").string(), {}, clock_).error().code,
            Code::kFailedPrecondition);
}

}  // namespace
}  // namespace fovea::registry
