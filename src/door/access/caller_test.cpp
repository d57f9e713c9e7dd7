#include "door/access/caller.h"

#include <gtest/gtest.h>

#include "door/access/access.h"

namespace fovea::access {
namespace {

TEST(Right, EachRoleMayWhatItsRowSays) {
  struct Row {
    Role role;
    bool look, ask, operate, approve, administer;
  };
  constexpr Row kRows[] = {{Role::kViewer, true, false, false, false, false},
                           {Role::kCaller, true, true, false, false, false},
                           {Role::kOperator, true, true, true, false, false},
                           {Role::kApprover, true, false, false, true, false},
                           {Role::kAdmin, true, true, true, true, true}};
  for (const Row& row : kRows) {
    EXPECT_TRUE(allows(row.role, Right::kAnyone));
    EXPECT_EQ(allows(row.role, Right::kLook), row.look) << name_of(row.role);
    EXPECT_EQ(allows(row.role, Right::kAsk), row.ask) << name_of(row.role);
    EXPECT_EQ(allows(row.role, Right::kOperate), row.operate) << name_of(row.role);
    EXPECT_EQ(allows(row.role, Right::kApprove), row.approve) << name_of(row.role);
    EXPECT_EQ(allows(row.role, Right::kAdminister), row.administer) << name_of(row.role);
  }
}

TEST(Caller, PatternsOfModels) {
  EXPECT_TRUE(fits("intents", "intents"));
  EXPECT_FALSE(fits("intents", "intents2"));
  EXPECT_FALSE(fits("intents", "intent"));
  EXPECT_TRUE(fits("embed-*", "embed-"));
  EXPECT_TRUE(fits("embed-*", "embed-small-en"));
  EXPECT_FALSE(fits("embed-*", "embed"));
  EXPECT_TRUE(fits("*-en", "a-en-en"));
  EXPECT_TRUE(fits("a*b*c", "axxbyybzzc"));
  EXPECT_FALSE(fits("a*b*c", "axxcyyb"));
  EXPECT_TRUE(fits("*", ""));
  EXPECT_FALSE(fits("", "x"));
  EXPECT_FALSE(fits("*a*a*a*a*a*a*a*a*b", std::string(256, 'a'))) << "and soon";
  Caller caller;
  EXPECT_TRUE(caller.may_use("anything"));
  caller.models = std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"intents", "embed-*"});
  EXPECT_TRUE(caller.may_use("embed-small"));
  EXPECT_FALSE(caller.may_use("secret"));
}

TEST(Access, WhereAKeyStands) {
  EXPECT_EQ(key_of("Bearer abc", ""), "abc");
  EXPECT_EQ(key_of("bearer  abc ", "other"), "abc");
  EXPECT_EQ(key_of("", " abc"), "abc");
  EXPECT_EQ(key_of("AWS4-HMAC-SHA256 Credential=x", "abc"), "abc") << "a signature is no key";
  EXPECT_EQ(key_of("AWS4-HMAC-SHA256 Credential=x", ""), "");
  EXPECT_EQ(key_of("Basic dXNlcjpwYXNz", ""), "");
  EXPECT_EQ(key_of("Bearer", ""), "");
  EXPECT_EQ(key_of("Bearer ", ""), "");
  EXPECT_EQ(key_of("Bearerabc", ""), "");
}

TEST(Access, WithoutKeysEveryoneMayEverything) {
  OpenAccess open;
  EXPECT_FALSE(open.guarded());
  const auto caller = open.authorise({Right::kAdminister});
  ASSERT_TRUE(caller);
  EXPECT_TRUE(caller->may_use("anything"));
  EXPECT_EQ(caller->tenant, "");
}

}  // namespace
}  // namespace fovea::access
