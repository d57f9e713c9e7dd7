#include "act/effector.h"

#include <gtest/gtest.h>

#include "act/append_file.h"
#include "act/move_file.h"

namespace fovea::act {
namespace {

TEST(Effectors, AreFoundByKind) {
  RealFiles files;
  Effectors effectors;
  effectors.add(make_move_file(files));
  effectors.add(make_append_file(files));
  ASSERT_NE(effectors.find("append"), nullptr);
  EXPECT_EQ(effectors.find("append")->kind(), "append");
  EXPECT_EQ(effectors.find("fax"), nullptr);
  EXPECT_EQ(effectors.kinds(), (std::vector<std::string_view>{"append", "move"}));
  EXPECT_DEATH(effectors.add(make_append_file(files)), "");
}

TEST(Effectors, ADigestBindsKindKeyAndArguments) {
  std::string digest = effect_digest("http", "k", JsonObject{{"a", 1}, {"b", 2}});
  EXPECT_EQ(digest.size(), 64u);
  EXPECT_EQ(effect_digest("http", "k", JsonObject{{"b", 2}, {"a", 1}}), digest);
  EXPECT_NE(effect_digest("http", "k", JsonObject{{"a", 1}, {"b", 3}}), digest);
  EXPECT_NE(effect_digest("http", "k2", JsonObject{{"a", 1}, {"b", 2}}), digest);
  EXPECT_NE(effect_digest("mail", "k", JsonObject{{"a", 1}, {"b", 2}}), digest);
}

}  // namespace
}  // namespace fovea::act
