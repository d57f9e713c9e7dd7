#include "trust/audit/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <iostream>

#include "trust/audit/tiles.h"
#include "trust/audit/verify.h"

namespace fovea::audit {
namespace {

namespace fs = std::filesystem;

SigningKey test_key() {
  return SigningKey::from_seed("example.test/log", {1, 2, 3});
}

std::vector<record::Leaf> leaves(uint64_t from, uint64_t to) {
  std::vector<record::Leaf> out;
  for (uint64_t i = from; i < to; ++i) out.push_back({i, std::to_string(i)});
  return out;
}

// Real files, of which every change past a given number fails, as if the process had died there.
class DyingFiles final : public Files {
 public:
  explicit DyingFiles(uint64_t changes_left) : changes_left_(changes_left) {}
  Result<std::string> read(const std::string& path, uint64_t offset, uint64_t bytes_max) override {
    return real_.read(path, offset, bytes_max);
  }
  Result<uint64_t> size(const std::string& path) override { return real_.size(path); }
  Result<void> write_atomic(const std::string& path, std::string_view bytes) override {
    FOVEA_OK(change());
    return real_.write_atomic(path, bytes);
  }
  Result<void> append(const std::string& path, std::string_view bytes) override {
    FOVEA_OK(change());
    return real_.append(path, bytes);
  }
  Result<void> truncate(const std::string& path, uint64_t bytes) override {
    FOVEA_OK(change());
    return real_.truncate(path, bytes);
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    FOVEA_OK(change());
    return real_.rename(from, to);
  }
  Result<void> remove(const std::string& path) override {
    FOVEA_OK(change());
    return real_.remove(path);
  }
  Result<std::vector<std::string>> list(const std::string& dir) override { return real_.list(dir); }
  bool dead() const { return changes_left_ == 0; }

 private:
  Result<void> change() {
    if (changes_left_ == 0) return fail(Code::kUnavailable, "died");
    --changes_left_;
    return {};
  }
  RealFiles real_;
  uint64_t changes_left_;
};

class LogTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() / ("fovea_log_test." + std::to_string(::getpid()));
    fs::remove_all(dir_);
    fs::create_directories(dir_);
  }
  void TearDown() override { fs::remove_all(dir_); }

  std::unique_ptr<AuditLog> open() {
    auto log = AuditLog::create(files_, dir_, test_key());
    EXPECT_TRUE(log) << log.error().text();
    return log ? std::move(*log) : nullptr;
  }
  Verified verified() {
    EXPECT_TRUE(files_.write_atomic(dir_ + "/key.pub", test_key().verify_key().text() + "\n"));
    auto out = verify_log(files_, dir_);
    EXPECT_TRUE(out) << out.error().text();
    return out.value_or(Verified{});
  }

  RealFiles files_;
  std::string dir_;
};

TEST_F(LogTest, SeventyThousandEntriesHaveTheLayoutAndRootOfTheFormat) {
  auto log = open();
  ASSERT_TRUE(log->append(leaves(0, 70'000)));
  ASSERT_TRUE(log->publish());
  EXPECT_EQ(to_hex(bytes_of(log->root())), "1a4cdfcb66374a0c0dcbef49acbd4976d13ee864fb3cb241fc943cad04f02f7e");
  size_t full = 0;
  for (int i = 0; i < 273; ++i) full += fs::exists(dir_ + "/" + tile_path(0, i, 256));
  EXPECT_EQ(full, 273u);
  for (const char* path :
       {"tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1", "tile/entries/273.p/112"}) {
    EXPECT_TRUE(fs::exists(dir_ + "/" + path)) << path;
  }
  EXPECT_EQ(to_hex(bytes_of(sha256(*read_file(dir_ + "/tile/0/000")))),
            "b9704a8bfbee2c61185ceb38904a49f3f703c81e194b5b2ccdc254c2bdaaa62b");
  EXPECT_EQ(to_hex(bytes_of(sha256(*read_file(dir_ + "/tile/entries/000")))),
            "94693d5c6d6a0355ec07bac8214516c1ce6a5100b0588f226fd95f26571157d7");
  std::string top = read_file(dir_ + "/tile/1/000")->substr(0, 32);
  EXPECT_EQ(to_hex(top), "828515d033c19d8c901f37eccb8aed919667703486f8d2fff1cf7040321c5db1");
  Verified out = verified();
  EXPECT_TRUE(out.ok) << out.first_bad;
  EXPECT_EQ(out.entries, 70'000u);
}

TEST_F(LogTest, GoesOnWhereItsCheckpointLeftIt) {
  Digest whole;
  {
    auto log = open();
    ASSERT_TRUE(log->append(leaves(0, 1300)));
    whole = log->root();  // never published
  }
  uint64_t step = 1;
  for (uint64_t at = 0; at < 1300; step = step * 2 + 1) {
    auto log = open();
    ASSERT_EQ(log->next_index(), at);
    at = std::min<uint64_t>(1300, at + step);
    ASSERT_TRUE(log->append(leaves(log->next_index(), at)));
    ASSERT_TRUE(log->publish());
    Verified out = verified();
    EXPECT_TRUE(out.ok) << at << " " << out.first_bad;
  }
  EXPECT_EQ(open()->root(), whole);
  EXPECT_EQ(fs::exists(dir_ + "/tile/0/000.p/1"), false);  // fuller tiles replaced it
}

TEST_F(LogTest, DeathAtEveryWriteIsMended) {
  uint64_t deaths = 0;
  for (uint64_t life = 0;; ++life) {
    fs::remove_all(dir_);
    fs::create_directories(dir_);
    {
      auto first = open();
      ASSERT_TRUE(first->append(leaves(0, 200)));
      ASSERT_TRUE(first->publish());
    }
    DyingFiles dying(life);
    {
      auto log = AuditLog::create(dying, dir_, test_key());
      ASSERT_TRUE(log);
      bool fine = true;
      for (uint64_t at = 200; at < 800 && fine; at += 150) {
        fine = (*log)->append(leaves(at, at + 150)) && (*log)->publish();
      }
      if (!dying.dead()) break;
    }
    ++deaths;
    Verified between = verified();
    EXPECT_TRUE(between.ok) << life << " " << between.first_bad;
    auto log = open();
    ASSERT_NE(log, nullptr);
    ASSERT_TRUE(log->append(leaves(log->next_index(), 800)));
    ASSERT_TRUE(log->publish());
    Tree tree;
    for (const auto& leaf : leaves(0, 800)) tree.append(leaf_hash(leaf.bytes));
    EXPECT_EQ(log->root(), tree.root());
    Verified after = verified();
    EXPECT_TRUE(after.ok && after.entries == 800) << life << " " << after.first_bad;
  }
  EXPECT_GE(deaths, 20u);
}

TEST_F(LogTest, AfterAnErrorTheSamePublishMayBeTriedAgain) {
  DyingFiles full_disk(3);
  auto log = AuditLog::create(full_disk, dir_, test_key());
  ASSERT_TRUE(log);
  ASSERT_TRUE((*log)->append(leaves(0, 600)));
  EXPECT_FALSE((*log)->publish());
  EXPECT_EQ((*log)->published(), 0u);
  full_disk = DyingFiles(1000);
  EXPECT_TRUE((*log)->publish());
  EXPECT_TRUE(verified().ok);
}

TEST_F(LogTest, LeavesOutOfTurnAndTooLongAreRefused) {
  auto log = open();
  EXPECT_FALSE(log->append(leaves(1, 2)));
  std::vector<record::Leaf> longest = {{0, std::string(65'535, 'x')}}, longer = {{1, std::string(65'536, 'x')}};
  EXPECT_TRUE(log->append(longest));
  auto over = log->append(longer);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, Code::kOutOfRange);
  EXPECT_EQ(log->next_index(), 1u);
}

TEST_F(LogTest, ADamagedOrForeignLogIsNotContinued) {
  {
    auto log = open();
    ASSERT_TRUE(log->append(leaves(0, 10)));
    ASSERT_TRUE(log->publish());
  }
  auto foreign = AuditLog::create(files_, dir_, SigningKey::from_seed("example.test/log", {9}));
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().code, Code::kDataLoss);
  std::string tile = dir_ + "/tile/0/000.p/10", bytes = *read_file(tile);
  bytes[40] ^= 1;
  ASSERT_TRUE(files_.write_atomic(tile, bytes));
  EXPECT_EQ(AuditLog::create(files_, dir_, test_key()).error().code, Code::kDataLoss);
  ASSERT_TRUE(files_.remove(tile));
  EXPECT_EQ(AuditLog::create(files_, dir_, test_key()).error().code, Code::kDataLoss);
}

TEST_F(LogTest, SustainsTwentyThousandEntriesASecond) {
  auto log = open();
  std::vector<record::Leaf> batch(512);
  auto start = std::chrono::steady_clock::now();
  uint64_t index = 0;
  for (int second = 0; second < 2; ++second) {
    for (int turn = 0; turn < 40; ++turn) {
      for (auto& leaf : batch) leaf = {index++, std::string(600, 'x')};
      ASSERT_TRUE(log->append(batch));
    }
    ASSERT_TRUE(log->publish());
  }
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::cout << static_cast<uint64_t>(static_cast<double>(index) / seconds) << " entries a second\n";
  EXPECT_LT(seconds, 20);  // far from the figure, so that a busy machine does not fail it
}

}  // namespace
}  // namespace fovea::audit
