#include "trust/audit/note.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/random.h"
#include "trust/audit/checkpoint.h"
#include "trust/audit/merkle.h"

namespace fovea::audit {
namespace {

// The example of the signed-note specification.
constexpr const char* kVkey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

SigningKey test_key(const char* name = "example.test/log") {
  std::array<uint8_t, 32> seed;
  for (size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<uint8_t>(i * 7 + 1);
  return SigningKey::from_seed(name, seed);
}

TEST(Note, TheKeyOfTheSpecificationReadsAndWrites) {
  auto key = VerifyKey::parse(kVkey);
  ASSERT_TRUE(key) << key.error().text();
  EXPECT_EQ(key->name, "example.com/foo");
  EXPECT_EQ(to_hex({reinterpret_cast<const char*>(key->id.data()), 4}), "530d903a");
  EXPECT_EQ(key->text(), kVkey);
  EXPECT_EQ(VerifyKey::of(key->name, key->key).text(), kVkey);  // the id recomputes
}

TEST(Note, Ed25519AsRfc8032) {
  // RFC 8032 7.1, test 1: the empty message.
  std::string seed = *from_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  std::array<uint8_t, 32> bytes;
  std::copy(seed.begin(), seed.end(), bytes.begin());
  SigningKey key = SigningKey::from_seed("rfc8032", bytes);
  EXPECT_EQ(to_hex({reinterpret_cast<const char*>(key.verify_key().key.data()), 32}),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_EQ(
      to_hex(key.sign("")),
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595b"
      "be24655141438e7a100b");
}

TEST(Note, SignsAndOpens) {
  SigningKey key = test_key();
  std::string note = sign_note("hello\nworld\n", key);
  EXPECT_EQ(open_note(note, key.verify_key()), "hello\nworld\n");
  auto again = SigningKey::parse(key.text());
  ASSERT_TRUE(again);
  EXPECT_EQ(sign_note("hello\nworld\n", *again), note);
}

TEST(Note, ForeignSignaturesArePassedOverAndOursMustBeThere) {
  SigningKey key = test_key(), other = SigningKey::from_seed("witness.example", {});
  std::string note = sign_note("text\n", key), foreign = sign_note("text\n", other);
  std::string foreign_line = foreign.substr(foreign.find("\n\n") + 2), our_line = note.substr(note.find("\n\n") + 2);
  EXPECT_TRUE(open_note(note + foreign_line, key.verify_key()));
  EXPECT_TRUE(open_note("text\n\n" + foreign_line + our_line, key.verify_key()));
  EXPECT_EQ(open_note(foreign, key.verify_key()).error().code, Code::kUnauthenticated);
  EXPECT_FALSE(open_note(note + our_line, key.verify_key()));
}

TEST(Note, EveryFlippedBitIsFound) {
  SigningKey key = test_key();
  std::string note = sign_checkpoint({"example.test/log", 7, sha256("root")}, key);
  ASSERT_TRUE(open_checkpoint(note, key.verify_key()));
  for (size_t bit = 0; bit < note.size() * 8; ++bit) {
    std::string bad = note;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(open_checkpoint(bad, key.verify_key())) << bit;
  }
}

TEST(Note, KeysThatAreNotKeys) {
  for (std::string bad : {"", "a", "a+b", "a+530d903a+", "a+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
                          "example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
                          "exa mple+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"}) {
    EXPECT_FALSE(VerifyKey::parse(bad)) << bad;
  }
  EXPECT_FALSE(SigningKey::parse(kVkey));
  EXPECT_TRUE(check_name("公司.example/审计"));
  EXPECT_FALSE(check_name("two\xC2\xA0words"));
  EXPECT_TRUE(check_name(std::string(200, 'a')));
  EXPECT_FALSE(check_name(std::string(201, 'a')));
}

TEST(Checkpoint, IsReadStrictly) {
  std::string root = to_base64(bytes_of(sha256("r")));
  EXPECT_TRUE(parse_checkpoint_text("o\n5\n" + root + "\n"));
  EXPECT_TRUE(parse_checkpoint_text("o\n5\n" + root + "\nextension\n"));
  for (const std::string& bad :
       {std::string(), std::string("o\n5\n"), "o\n05\n" + root + "\n", "o\n-5\n" + root + "\n", "\n5\n" + root + "\n",
        std::string("o\n5\nAAAA\n"), "o\n5\n" + root, "o\n5\n" + root + "\n\n", "o\n0\n" + root + "\n",
        "o\n99999999999999999999\n" + root + "\n", "o\n1099511627777\n" + root + "\n"}) {
    EXPECT_FALSE(parse_checkpoint_text(bad)) << bad;
  }
  EXPECT_TRUE(parse_checkpoint_text("o\n0\n" + to_base64(bytes_of(empty_root())) + "\n"));
  SigningKey key = test_key();
  EXPECT_FALSE(open_checkpoint(sign_checkpoint({"another/log", 7, sha256("root")}, key), key.verify_key()));
}

}  // namespace
}  // namespace fovea::audit
