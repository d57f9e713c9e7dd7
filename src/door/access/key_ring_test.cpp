#include "door/access/key_ring.h"

#include <fmt/format.h>

#include "door/access/limits.h"
#include "door/access/written_files_test.h"

namespace fovea::access {
namespace {

constexpr const char* kSecret = "0123456789abcdef";  // as short as may be

class KeyRingTest : public WrittenFiles {
 protected:
  Result<KeyRing> read(const std::string& text) {
    return read_keys(files_, write("keys.yaml", text), [](const std::string& name) -> std::optional<std::string> {
      if (name == "A_KEY") return kSecret;
      if (name == "SHORT") return "0123456789abcde";
      if (name == "ODD")
        return std::string(
            "0123456789abc\x01"
            "def");
      return std::nullopt;
    });
  }
  // Where the text of the error begins; the key is never in it.
  std::string refused(const std::string& text) {
    const auto ring = read(text);
    if (ring) return "it was read";
    EXPECT_EQ(ring.error().text().find(kSecret), std::string::npos) << ring.error().text();
    EXPECT_TRUE(ring.error().where.starts_with(folder_)) << ring.error().text();
    return ring.error().text();
  }
  RealFiles files_;
};

TEST_F(KeyRingTest, EveryWayToNameAKey) {
  write("secret", std::string("from-a-file-0123\n"));
  const auto ring = read(
      "keys:\n"
      "  - { name: a, key: { env: A_KEY }, role: caller }\n"
      "  - name: b\n"
      "    key: { file: secret }\n"
      "    role: admin\n"
      "    tenant: acme\n"
      "    priority: batch\n"
      "    models: [intents, \"embed-*\"]\n"
      "    quota: { requests_per_minute: 600, tokens_per_minute: 100000, at_once: 16 }\n"
      "  - { name: c, key: { sha256: " +
      to_hex(bytes_of(sha256("the key of c"))) +
      " }, role: viewer }\n"
      "  - { name: d, certificate: \"dns:d.example\", role: approver }\n");
  ASSERT_TRUE(ring) << ring.error().text();
  ASSERT_EQ(ring->entries.size(), 4u);
  const auto& [a, b, c, d] = std::tie(ring->entries[0], ring->entries[1], ring->entries[2], ring->entries[3]);
  EXPECT_EQ(a.digest, sha256(kSecret));
  EXPECT_EQ(a.tenant, "a") << "its name unless said";
  EXPECT_EQ(a.quota, QuotaLimits{});
  EXPECT_EQ(a.models, nullptr);
  EXPECT_EQ(b.digest, sha256("from-a-file-0123")) << "without the newline";
  EXPECT_EQ(b.role, Role::kAdmin);
  EXPECT_EQ(b.tenant, "acme");
  EXPECT_EQ(b.priority, schedule::Priority::kBatch);
  EXPECT_EQ(*b.models, (std::vector<std::string>{"intents", "embed-*"}));
  EXPECT_EQ(b.quota, (QuotaLimits{600, 100000, 16}));
  EXPECT_EQ(c.digest, sha256("the key of c"));
  EXPECT_EQ(d.certificate, "dns:d.example");
  EXPECT_FALSE(d.digest);
  EXPECT_EQ(ring->files, (std::vector<std::string>{folder_ + "/keys.yaml", folder_ + "/secret"}));
}

TEST_F(KeyRingTest, SaysWhatIsWrongWhereAndHowToMendIt) {
  const auto entry = [](const std::string& rest) { return "keys:\n  - { name: a, " + rest + " }\n"; };
  struct Case {
    std::string text, says;
  };
  const Case cases[] = {
      {"", "empty file"},
      {"keys: []\n", "at least one key"},
      {"key: []\n", "did you mean 'keys'?"},
      {entry("role: viewer, kez: { env: A_KEY }"), "did you mean 'key'?"},
      {entry("role: vewer, key: { env: A_KEY }"), "did you mean 'viewer'?"},
      {entry("key: { env: A_KEY }"), "without 'role'"},
      {entry("role: viewer"), "neither a key nor a certificate"},
      {entry(std::string("role: viewer, key: ") + kSecret), "never written into the file"},
      {entry("role: viewer, key: { env: NOT_SET }"), "NOT_SET is not set"},
      {entry("role: viewer, key: { env: SHORT }"), "fewer than 16 bytes"},
      {entry("role: viewer, key: { env: ODD }"), "does not fit into a header"},
      {entry("role: viewer, key: { file: none }"), "none"},
      {entry("role: viewer, key: { sha256: abc }"), "64 hexadecimal digits"},
      {entry("role: viewer, key: { env: A_KEY, file: x }"), "beside another of its kind"},
      {entry("role: viewer, certificate: d.example"), "no name of a certificate"},
      {entry("role: viewer, key: { env: A_KEY }, models: []"), "leave it out for all"},
      {entry("role: viewer, key: { env: A_KEY }, quota: { at_once: 0 }"), "a whole number from 1"},
      {entry("role: viewer, key: { env: A_KEY }, quota: { per_second: 1 }"), "unknown key 'per_second'"},
      {"keys:\n  - { name: a, key: { env: A_KEY }, role: viewer }\n  - { name: a, key: { env: A_KEY }, role: admin }\n",
       "a second key 'a'"},
      {"keys:\n  - { name: a, key: { env: A_KEY }, role: viewer }\n  - { name: b, key: { env: A_KEY }, role: admin }\n",
       "'b' has the same key as 'a'"},
      {"keys:\n  - { name: a, certificate: \"cn:x\", role: viewer }\n  - { name: b, certificate: \"cn:x\", role: admin "
       "}\n",
       "'b' has the same certificate as 'a'"},
  };
  for (const Case& each : cases)
    EXPECT_NE(refused(each.text).find(each.says), std::string::npos)
        << each.says << " is not in: " << refused(each.text);
}

TEST_F(KeyRingTest, AsManyKeysAsMayBeAndOneMore) {
  std::string text = "keys:\n";
  for (size_t i = 0; i < kKeysMax; ++i)
    text += fmt::format("  - {{ name: k{0}, certificate: \"cn:k{0}\", role: viewer }}\n", i);
  EXPECT_TRUE(read(text));
  EXPECT_NE(refused(text + "  - { name: z, certificate: \"cn:z\", role: viewer }\n").find("over 1024 keys"),
            std::string::npos);
}

}  // namespace
}  // namespace fovea::access
