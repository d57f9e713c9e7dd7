#include "trust/audit/verify.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>

#include "base/random.h"
#include "trust/audit/key.h"
#include "trust/audit/log.h"
#include "trust/audit/receipt.h"

namespace fovea::audit {
namespace {

namespace fs = std::filesystem;

class VerifyTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() / ("fovea_verify_test." + std::to_string(::getpid()));
    fs::remove_all(dir_);
    auto key = open_or_make_key(dir_, "example.test/log");
    ASSERT_TRUE(key) << key.error().text();
    auto log = AuditLog::create(files_, dir_, *key);
    ASSERT_TRUE(log);
    for (uint64_t i = 0; i < 300; ++i) {
      leaves_.push_back({i, "{\"entry\":" + std::to_string(i) + "}"});
    }
    ASSERT_TRUE((*log)->append(leaves_));
    ASSERT_TRUE((*log)->publish());
  }
  void TearDown() override { fs::remove_all(dir_); }

  Verified verified(const RowCheck& rows = {}) {
    auto out = verify_log(files_, dir_, rows);
    EXPECT_TRUE(out) << out.error().text();
    return out.value_or(Verified{});
  }
  std::vector<std::string> paths() const {
    std::vector<std::string> out;
    for (const auto& each : fs::recursive_directory_iterator(dir_)) {
      if (each.is_regular_file()) out.push_back(each.path());
    }
    return out;
  }
  static void overwrite(const std::string& path, size_t at, char byte) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
  }

  RealFiles files_;
  std::string dir_;
  std::vector<record::Leaf> leaves_;
};

TEST_F(VerifyTest, ASoundLogIsSound) {
  uint64_t asked = 0;
  Verified out = verified([&](uint64_t index, std::string_view leaf) -> Result<void> {
    EXPECT_EQ(index, asked++);
    EXPECT_EQ(leaf, leaves_[index].bytes);
    return {};
  });
  EXPECT_TRUE(out.ok) << out.first_bad;
  EXPECT_EQ(out.entries, 300u);
  EXPECT_EQ(asked, 300u);
  EXPECT_EQ(out.root.size(), 44u);
}

// One flipped bit in any byte of any file: all eight bits of the small files, one seeded bit of each byte elsewhere.
TEST_F(VerifyTest, AnyFlippedBitOfAnyFileIsFound) {
  Random random(7);
  size_t flips = 0, missed = 0;
  std::vector<std::string> all = paths();
  EXPECT_EQ(all.size(), 8u);  // key, key.pub, checkpoint, two tiles and two bundles, one tile of level 1
  for (const std::string& path : all) {
    std::string bytes = *read_file(path);
    for (size_t at = 0; at < bytes.size(); ++at) {
      unsigned from = bytes.size() < 1024 ? 0 : static_cast<unsigned>(random.below(8));
      unsigned to = bytes.size() < 1024 ? 8 : from + 1;
      for (unsigned bit = from; bit < to; ++bit) {
        overwrite(path, at, static_cast<char>(bytes[at] ^ (1 << bit)));
        auto out = verify_log(files_, dir_);
        ++flips;
        if (!out || out->ok || out->first_bad.empty()) ++missed, ADD_FAILURE() << path << " byte " << at;
      }
      overwrite(path, at, bytes[at]);
    }
  }
  EXPECT_EQ(missed, 0u);
  EXPECT_GT(flips, 15'000u);
  EXPECT_TRUE(verified().ok);
}

TEST_F(VerifyTest, NamesTheFirstBadEntry) {
  std::string path = dir_ + "/tile/entries/001.p/44", bytes = *read_file(path);
  size_t at = bytes.find(":270}");
  overwrite(path, at + 1, '3');
  EXPECT_EQ(verified().first_bad.substr(0, 10), "entry 270:");
  overwrite(path, at + 1, '2');
  Verified row = verified([](uint64_t index, std::string_view) -> Result<void> {
    if (index == 17) return fail(Code::kDataLoss, "the store has another decision");
    return {};
  });
  EXPECT_EQ(row.first_bad, "entry 17: the store has another decision");
}

TEST_F(VerifyTest, MissingCutLongerAndForeignFilesAreFound) {
  for (const std::string& path : paths()) {
    if (path.ends_with("/key")) continue;
    std::string bytes = *read_file(path);
    for (const std::string& bad : {bytes.substr(0, bytes.size() - 1), bytes + "x", std::string()}) {
      ASSERT_TRUE(files_.write_atomic(path, bad));
      EXPECT_FALSE(verified().ok) << path;
    }
    ASSERT_TRUE(files_.remove(path));
    EXPECT_FALSE(verified().ok) << path;
    ASSERT_TRUE(files_.write_atomic(path, bytes));
  }
  EXPECT_TRUE(verified().ok);
  ASSERT_TRUE(files_.write_atomic(dir_ + "/tile/0/notes.txt", "x"));
  EXPECT_FALSE(verified().ok);
  ASSERT_TRUE(files_.remove(dir_ + "/tile/0/notes.txt"));
  ASSERT_TRUE(files_.write_atomic(dir_ + "/tile/0/000.p/3", std::string(96, 'x')));  // an old partial tile that lies
  EXPECT_FALSE(verified().ok);
  ASSERT_TRUE(files_.write_atomic(dir_ + "/tile/0/000.p/3", read_file(dir_ + "/tile/0/000")->substr(0, 96)));
  EXPECT_TRUE(verified().ok);
}

TEST_F(VerifyTest, ARewrittenLogUnderAnotherKeyIsNotTheTrustedOne) {
  auto trusted = VerifyKey::parse(read_file(dir_ + "/key.pub")->substr(0, read_file(dir_ + "/key.pub")->size() - 1));
  ASSERT_TRUE(trusted);
  EXPECT_TRUE(verify_log(files_, dir_, {}, &*trusted)->ok);
  fs::remove_all(dir_);
  auto key = open_or_make_key(dir_, "example.test/log");
  auto log = AuditLog::create(files_, dir_, *key);
  ASSERT_TRUE((*log)->append(leaves_));
  ASSERT_TRUE((*log)->publish());
  EXPECT_TRUE(verified().ok);
  EXPECT_FALSE(verify_log(files_, dir_, {}, &*trusted)->ok);
}

TEST_F(VerifyTest, NoLogIsAnErrorAndAFreshOneIsSound) {
  EXPECT_EQ(verify_log(files_, dir_ + "/nothing").error().code, Code::kNotFound);
  fs::remove_all(dir_);
  ASSERT_TRUE(open_or_make_key(dir_, "example.test/log"));
  Verified out = verified();
  EXPECT_TRUE(out.ok);
  EXPECT_EQ(out.entries, 0u);
}

TEST_F(VerifyTest, ReceiptsVerifyOffline) {
  auto key = VerifyKey::parse(read_file(dir_ + "/key.pub")->substr(0, read_file(dir_ + "/key.pub")->size() - 1));
  for (uint64_t index : {0u, 1u, 255u, 256u, 299u}) {
    auto receipt = prove(files_, dir_, index);
    ASSERT_TRUE(receipt) << receipt.error().text();
    std::string text = receipt_text(*receipt);
    auto again = parse_receipt(text);
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_EQ(receipt_text(*again), text);
    EXPECT_EQ(again->entry, leaves_[index].bytes);
    auto checkpoint = verify_receipt(*again, *key);
    ASSERT_TRUE(checkpoint);
    EXPECT_EQ(checkpoint->size, 300u);
  }
  EXPECT_EQ(prove(files_, dir_, 300).error().code, Code::kOutOfRange);
  std::string text = receipt_text(*prove(files_, dir_, 77));
  for (size_t at = 0; at < text.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = text;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      auto receipt = parse_receipt(bad);
      EXPECT_FALSE(receipt && verify_receipt(*receipt, *key)) << at;
    }
  }
}

TEST_F(VerifyTest, AnExportedLogVerifiesAndHoldsNoSecret) {
  std::string to = dir_ + ".export";
  fs::remove_all(to);
  ASSERT_TRUE(export_log(files_, dir_, to));
  auto out = verify_log(files_, to);
  ASSERT_TRUE(out);
  EXPECT_TRUE(out->ok) << out->first_bad;
  EXPECT_EQ(out->entries, 300u);
  EXPECT_FALSE(fs::exists(to + "/key"));
  EXPECT_EQ(export_log(files_, dir_, to).error().code, Code::kAlreadyExists);
  fs::remove_all(to);
}

TEST_F(VerifyTest, TheKeyIsPrivateAndNotMadeAnew) {
  EXPECT_EQ(fs::status(dir_ + "/key").permissions() & fs::perms::all, fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(open_or_make_key(dir_, "another/name")->verify_key().name, "example.test/log");
  fs::remove(dir_ + "/key");
  EXPECT_EQ(open_or_make_key(dir_, "example.test/log").error().code, Code::kDataLoss);
}

// Runs the very lines that docs/formats/audit-log.md gives, with openssl and a POSIX shell.
TEST_F(VerifyTest, OpensslVerifiesTheCheckpointByTheDocumentedCommand) {
  auto page = read_file("docs/formats/audit-log.md");
  ASSERT_TRUE(page);
  size_t begin = page->find("```sh openssl\n");
  ASSERT_NE(begin, std::string::npos);
  begin += std::string_view("```sh openssl\n").size();
  std::string script = page->substr(begin, page->find("```", begin) - begin);
  // A key whose base64 holds a '+', which also stands between the parts of a key.
  std::array<uint8_t, 32> seed{};
  while (SigningKey::from_seed("a.b/log", seed).verify_key().text().substr(17).find('+') == std::string::npos)
    ++seed[0];
  SigningKey key = SigningKey::from_seed("a.b/log", seed);
  ASSERT_TRUE(files_.write_atomic(dir_ + "/key.pub", key.verify_key().text() + "\n"));
  ASSERT_TRUE(files_.write_atomic(dir_ + "/checkpoint", sign_checkpoint({"a.b/log", 300, sha256("root")}, key)));
  std::string file = dir_ + "/check.sh";
  auto run = [&] {
    EXPECT_TRUE(files_.write_atomic(file, "set -e\n" + script));
    return std::system(("cd " + dir_ + " && sh check.sh >check.out 2>&1").c_str());
  };
  EXPECT_EQ(run(), 0) << *read_file(dir_ + "/check.out");
  EXPECT_NE(read_file(dir_ + "/check.out")->find("Signature Verified Successfully"), std::string::npos);
  std::string note = *read_file(dir_ + "/checkpoint");
  overwrite(dir_ + "/checkpoint", note.find("300"), '4');
  EXPECT_NE(run(), 0);
}

}  // namespace
}  // namespace fovea::audit
