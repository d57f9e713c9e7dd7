#include "act/secret.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>

namespace fovea::act {
namespace {

class SecretTest : public testing::Test {
 protected:
  Secrets make(std::set<std::string> allowed) {
    return Secrets(
        [this](const std::string& name) -> std::optional<std::string> {
          auto found = set_.find(name);
          return found == set_.end() ? std::nullopt : std::optional(found->second);
        },
        files_, std::move(allowed));
  }
  RealFiles files_;
  std::map<std::string, std::string> set_ = {{"TOKEN", "s3cr3t-value"}, {"OTHER", "not-yours"}, {"BAD", "a\nb"}};
};

TEST_F(SecretTest, ReferencesInAText) {
  std::vector<std::string> expected = {"A", "file:/run/token", "B_2"};
  EXPECT_EQ(secret_references("${A}/x ${file:/run/token} $B ${} ${2} ${a b} $${C} $$${B_2} ${open"), expected);
}

TEST_F(SecretTest, OnlyWhatTheAuthorWroteIsResolved) {
  Secrets secrets = make({"TOKEN"});
  EXPECT_EQ(secrets.resolve("Bearer ${TOKEN}"), "Bearer s3cr3t-value");
  EXPECT_EQ(secrets.resolve("${OTHER}"), "${OTHER}");
  EXPECT_EQ(secrets.resolve("$${TOKEN} costs $$5 or $5"), "${TOKEN} costs $5 or $5");
  EXPECT_EQ(secrets.resolve("${TOKEN"), "${TOKEN");
}

TEST_F(SecretTest, ErrorsNameTheReferenceAndNeverAValue) {
  Secrets secrets = make({"MISSING", "BAD", "file:/nonexistent/token"});
  auto missing = secrets.resolve("${MISSING}");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().where, "${MISSING}");
  auto bad = secrets.resolve("${BAD}");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().text().find("a\nb"), std::string::npos);
  EXPECT_EQ(secrets.resolve("${file:/nonexistent/token}").error().code, Code::kNotFound);
  EXPECT_FALSE(secrets.check());
  EXPECT_TRUE(make({"TOKEN"}).check());
}

TEST_F(SecretTest, FromAFileAndHidden) {
  std::string path = std::filesystem::temp_directory_path() / ("fovea_secret." + std::to_string(::getpid()));
  ASSERT_TRUE(files_.write_atomic(path, "from-file\n"));
  Secrets secrets = make({"file:" + path, "TOKEN"});
  EXPECT_EQ(secrets.resolve("x ${file:" + path + "}"), "x from-file");
  EXPECT_EQ(secrets.hide("no from-file nor s3cr3t-value yet"), "no [secret] nor s3cr3t-value yet");
  ASSERT_TRUE(secrets.resolve("${TOKEN}"));
  EXPECT_EQ(secrets.hide("s3cr3t-value, s3cr3t-value"), "[secret], [secret]");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace fovea::act
