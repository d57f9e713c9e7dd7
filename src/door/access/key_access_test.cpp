#include "door/access/key_access.h"

#include <map>

#include "door/access/written_files_test.h"

namespace fovea::access {
namespace {

class KeyAccessTest : public WrittenFiles {
 protected:
  void open(const std::string& keys, const std::string& token = {}) {
    KeySource source;
    if (!keys.empty()) source.file = write("keys.yaml", keys);
    source.token = token;
    source.variable = [](const std::string& name) { return std::optional("the-secret-key-of-" + name); };
    source.notice = [this](const std::string& text) { notices_.push_back(text); };
    auto made = KeyAccess::create(std::move(source), files_, clock_);
    ASSERT_TRUE(made) << made.error().text();
    access_ = std::move(*made);
  }
  static std::string entry(const std::string& name, const std::string& role, const std::string& rest = "") {
    return "  - { name: " + name + ", key: { env: " + name + " }, role: " + role + rest + " }\n";
  }
  // "": may; else the code and message.
  std::string denied(std::string_view key, Right right, std::vector<std::string> names = {}) {
    const auto caller = access_->authorise({right, key, names});
    if (caller) return "";
    EXPECT_EQ(caller.error().error.text().find("the-secret-key-of"), std::string::npos) << "a key is in an error";
    return std::string(code_name(caller.error().error.code));
  }

  VirtualClock clock_{TimePoint{1'700'000'000'000'000'000}};
  RealFiles files_;
  std::vector<std::string> notices_;
  std::unique_ptr<KeyAccess> access_;
};

TEST_F(KeyAccessTest, EveryRoleAndRight) {
  std::string keys = "keys:\n";
  for (const auto role : kRoleNames) keys += entry("k_" + std::string(role), std::string(role));
  open(keys);
  EXPECT_TRUE(access_->guarded());
  for (size_t role = 0; role < std::size(kRoleNames); ++role) {
    for (size_t right = 0; right < std::size(kRightNames); ++right) {
      const std::string key = "the-secret-key-of-k_" + std::string(kRoleNames[role]);
      const bool may = allows(static_cast<Role>(role), static_cast<Right>(right));
      EXPECT_EQ(denied(key, static_cast<Right>(right)), may ? "" : "PERMISSION_DENIED") << key << kRightNames[right];
    }
  }
  for (size_t right = 1; right < std::size(kRightNames); ++right) {
    EXPECT_EQ(denied("", static_cast<Right>(right)), "UNAUTHENTICATED");
    EXPECT_EQ(denied("the-secret-key-of-k_admi", static_cast<Right>(right)), "UNAUTHENTICATED");
    EXPECT_EQ(denied("the-secret-key-of-k_adminn", static_cast<Right>(right)), "UNAUTHENTICATED");
  }
  EXPECT_EQ(denied("", Right::kAnyone), "");
  EXPECT_EQ(denied("wrong", Right::kAnyone), "") << "probes may send whatever they like";
}

TEST_F(KeyAccessTest, TheCallerIsWhatItsEntrySays) {
  open("keys:\n" + entry("a", "caller", ", tenant: acme, priority: batch, models: [intents]"));
  const auto caller = access_->authorise({Right::kAsk, "the-secret-key-of-a"});
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->name, "a");
  EXPECT_EQ(caller->tenant, "acme");
  EXPECT_EQ(caller->priority, schedule::Priority::kBatch);
  EXPECT_TRUE(caller->may_use("intents"));
  EXPECT_FALSE(caller->may_use("others"));
}

TEST_F(KeyAccessTest, OneTokenIsAnAdmins) {
  open("", "s3cret");
  EXPECT_EQ(denied("s3cret", Right::kAdminister), "");
  EXPECT_EQ(denied("s3creT", Right::kLook), "UNAUTHENTICATED");
  EXPECT_EQ(denied("", Right::kLook), "UNAUTHENTICATED");
}

TEST_F(KeyAccessTest, CertificatesBesideAndInsteadOfKeys) {
  open("keys:\n" + entry("both", "caller", ", certificate: \"dns:both.example\"") +
       "  - { name: alone, certificate: \"uri:spiffe://x/alone\", role: operator }\n");
  EXPECT_EQ(denied("the-secret-key-of-both", Right::kAsk), "UNAUTHENTICATED") << "the certificate is asked for, too";
  EXPECT_EQ(denied("the-secret-key-of-both", Right::kAsk, {"dns:other.example"}), "UNAUTHENTICATED");
  EXPECT_EQ(denied("the-secret-key-of-both", Right::kAsk, {"cn:x", "dns:both.example"}), "");
  EXPECT_EQ(denied("", Right::kAsk, {"dns:both.example"}), "UNAUTHENTICATED") << "the key is asked for, too";
  EXPECT_EQ(denied("", Right::kOperate, {"uri:spiffe://x/alone"}), "");
  EXPECT_EQ(denied("wrong", Right::kOperate, {"uri:spiffe://x/alone"}), "UNAUTHENTICATED")
      << "a wrong key beside a good certificate is a mistake that must be seen";
  EXPECT_EQ(denied("", Right::kOperate, {"uri:spiffe://x/alon"}), "UNAUTHENTICATED");
}

TEST_F(KeyAccessTest, QuotasAreKeptAndPlacesGivenBack) {
  open("keys:\n" + entry("a", "caller", ", quota: { requests_per_minute: 3, at_once: 2 }") + entry("b", "caller"));
  auto first = access_->authorise({Right::kAsk, "the-secret-key-of-a"});
  auto second = access_->authorise({Right::kAsk, "the-secret-key-of-a"});
  ASSERT_TRUE(first && second);
  EXPECT_EQ(denied("the-secret-key-of-a", Right::kAsk), "RESOURCE_EXHAUSTED");
  EXPECT_EQ(denied("the-secret-key-of-b", Right::kAsk), "") << "another key is not concerned";
  const Caller copy = *first;
  first = Caller{};
  EXPECT_EQ(denied("the-secret-key-of-a", Right::kAsk), "RESOURCE_EXHAUSTED") << "a copy still works for it";
  second = Caller{};
  EXPECT_EQ(denied("the-secret-key-of-a", Right::kAsk), "");
  const auto spent = access_->authorise({Right::kAsk, "the-secret-key-of-a"});
  ASSERT_FALSE(spent);
  EXPECT_EQ(spent.error().retry_after, Nanos(std::chrono::seconds(20)));
}

TEST_F(KeyAccessTest, AWrongRoleUsesNoQuota) {
  open("keys:\n" + entry("a", "viewer", ", quota: { requests_per_minute: 1 }"));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(denied("the-secret-key-of-a", Right::kOperate), "PERMISSION_DENIED");
  EXPECT_EQ(denied("the-secret-key-of-a", Right::kLook), "");
}

TEST_F(KeyAccessTest, ChangedFilesAreReadAgainAndBrokenOnesAreNot) {
  open("keys:\n" + entry("a", "caller", ", quota: { requests_per_minute: 2 }"));
  EXPECT_EQ(denied("the-secret-key-of-a", Right::kAsk), "");
  write("keys.yaml", "keys:\n" + entry("a", "caller", ", quota: { requests_per_minute: 2 }") + entry("b", "admin"));
  EXPECT_EQ(denied("the-secret-key-of-b", Right::kAsk), "UNAUTHENTICATED") << "looked at a moment ago";
  clock_.advance(kLookEvery);
  EXPECT_EQ(denied("the-secret-key-of-b", Right::kAsk), "");
  EXPECT_EQ(denied("the-secret-key-of-a", Right::kAsk), "");
  EXPECT_EQ(denied("the-secret-key-of-a", Right::kAsk), "RESOURCE_EXHAUSTED") << "what was used before stays used";
  write("keys.yaml", "keys: nonsense\n");
  clock_.advance(kLookEvery);
  EXPECT_EQ(denied("the-secret-key-of-b", Right::kAsk), "") << "the keys before stay in force";
  ASSERT_EQ(notices_.size(), 2u);
  EXPECT_NE(notices_[1].find("stay as they were"), std::string::npos) << notices_[1];
  write("keys.yaml", "keys:\n" + entry("a", "caller"));
  clock_.advance(kLookEvery);
  EXPECT_EQ(denied("the-secret-key-of-b", Right::kAsk), "UNAUTHENTICATED") << "taken away";
  EXPECT_EQ(denied("the-secret-key-of-a", Right::kAsk), "") << "its quota went";
}

TEST_F(KeyAccessTest, AKeyThatStandsInAFileIsFollowed) {
  write("secret", "the-first-secret-of-it\n");
  open("keys:\n  - { name: a, key: { file: secret }, role: caller }\n");
  EXPECT_EQ(denied("the-first-secret-of-it", Right::kAsk), "");
  write("secret", "the-second-secret-of-it\n");
  clock_.advance(kLookEvery);
  EXPECT_EQ(denied("the-first-secret-of-it", Right::kAsk), "UNAUTHENTICATED");
  EXPECT_EQ(denied("the-second-secret-of-it", Right::kAsk), "");
}

}  // namespace
}  // namespace fovea::access
