#include "engine/weights/config_file.h"

#include <gtest/gtest.h>

namespace fovea::weights {
namespace {

TEST(ConfigFile, ReadsTypedFieldsWithinBounds) {
  const auto file = ConfigFile::parse(R"({"layers":6,"eps":1e-12,"name":"bert","on":true,"none":null})", "config.json");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->integer("layers", 1, 6).value(), 6);
  EXPECT_EQ(file->integer_or("other", 4, 1, 6).value(), 4);
  EXPECT_EQ(file->integer_or("none", 4, 1, 6).value(), 4);
  EXPECT_EQ(file->number_or("eps", 1, 0, 1).value(), 1e-12);
  EXPECT_EQ(file->text("name").value(), "bert");
  EXPECT_TRUE(file->boolean_or("on", false).value());
  EXPECT_EQ(file->choice_or("name", "x", {"bert", "gpt"}).value(), "bert");
}

TEST(ConfigFile, ErrorsNameFileAndField) {
  const auto file = ConfigFile::parse(R"({"layers":7,"hiden_size":3,"half":1.5,"name":"xlnet"})", "m/config.json");
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->integer("layers", 1, 6).error().where, "m/config.json: layers");
  EXPECT_EQ(file->integer("half", 1, 6).error().code, Code::kInvalidArgument);
  EXPECT_NE(file->integer("hidden_size", 1, 6).error().hint.find("hiden_size"), std::string::npos);
  EXPECT_EQ(file->text("layers").error().message, "must be a text");
  EXPECT_EQ(file->choice_or("name", "bert", {"bert"}).error().code, Code::kUnimplemented);
  EXPECT_FALSE(file->number_or("name", 0, 0, 1).has_value());
  EXPECT_FALSE(file->boolean_or("layers", true).has_value());
}

TEST(ConfigFile, RefusesWhatIsNoObject) {
  EXPECT_FALSE(ConfigFile::parse("[1]", "c").has_value());
  EXPECT_FALSE(ConfigFile::parse("{", "c").has_value());
  EXPECT_EQ(ConfigFile::open("/nonexistent/config.json").error().code, Code::kNotFound);
}

}  // namespace
}  // namespace fovea::weights
