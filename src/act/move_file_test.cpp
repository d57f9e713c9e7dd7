#include "act/move_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace fovea::act {
namespace {

namespace fs = std::filesystem;
using Kind = record::Outcome::Kind;

// Real files between whose folders no rename is possible, as between devices; `remove` may be made to fail.
class TwoDevices final : public Files {
 public:
  Result<std::string> read(const std::string& path, uint64_t offset, uint64_t bytes_max) override {
    return real_.read(path, offset, bytes_max);
  }
  Result<uint64_t> size(const std::string& path) override { return real_.size(path); }
  Result<void> write_atomic(const std::string& path, std::string_view bytes) override {
    return real_.write_atomic(path, bytes);
  }
  Result<void> append(const std::string& path, std::string_view bytes) override { return real_.append(path, bytes); }
  Result<void> truncate(const std::string& path, uint64_t bytes) override { return real_.truncate(path, bytes); }
  Result<void> rename(const std::string& from, const std::string& to) override {
    if (fs::path(from).parent_path() != fs::path(to).parent_path()) {
      return fail(Code::kFailedPrecondition, "another device", from);
    }
    return real_.rename(from, to);
  }
  Result<void> remove(const std::string& path) override {
    if (no_remove) return fail(Code::kUnavailable, "died", path);
    return real_.remove(path);
  }
  Result<std::vector<std::string>> list(const std::string& dir) override { return real_.list(dir); }
  bool no_remove = false;

 private:
  RealFiles real_;
};

class MoveFileTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() / ("fovea_move." + std::to_string(::getpid()));
    fs::remove_all(dir_);
    from_ = dir_ + "/inbox/a.eml";
    to_ = dir_ + "/done/a.eml";
    ASSERT_TRUE(files_.write_atomic(from_, "mail"));
    effector_ = make_move_file(files_);
  }
  void TearDown() override { fs::remove_all(dir_); }

  record::Effect attempted(Effector& effector) {
    record::Effect effect;
    effect.id = 1;
    effect.kind = "move";
    effect.key = "file:a";
    effect.arguments = JsonObject{{"path", from_}, {"to", dir_ + "/done"}};
    effect.outcome = effector.prepare({&effect, 1})->front();
    return effect;
  }
  static record::Outcome perform(Effector& effector, const record::Effect& effect) {
    return effector.perform({&effect, 1}).front();
  }
  static record::Outcome reconcile(Effector& effector, const record::Effect& effect) {
    return effector.reconcile({&effect, 1}).front();
  }

  RealFiles files_;
  std::string dir_, from_, to_;
  std::unique_ptr<Effector> effector_;
};

TEST_F(MoveFileTest, MovesAndMovesBack) {
  record::Effect effect = attempted(*effector_);
  EXPECT_EQ(reconcile(*effector_, effect).kind, Kind::kRetry);
  EXPECT_EQ(perform(*effector_, effect).kind, Kind::kDone);
  EXPECT_FALSE(fs::exists(from_));
  EXPECT_EQ(read_file(to_), "mail");
  EXPECT_EQ(reconcile(*effector_, effect).kind, Kind::kDone);
  EXPECT_EQ(effector_->undo(effect).kind, Kind::kDone);
  EXPECT_EQ(read_file(from_), "mail");
  EXPECT_EQ(effector_->undo(effect).kind, Kind::kDone);
}

TEST_F(MoveFileTest, NeverOverwrites) {
  ASSERT_TRUE(files_.write_atomic(to_, "another"));
  record::Effect effect = attempted(*effector_);
  EXPECT_EQ(perform(*effector_, effect).kind, Kind::kFailed);
  EXPECT_EQ(reconcile(*effector_, effect).kind, Kind::kFailed);
  EXPECT_EQ(read_file(to_), "another");
  EXPECT_EQ(read_file(from_), "mail");
  fs::remove(from_);
  EXPECT_EQ(reconcile(*effector_, effect).kind, Kind::kUnknown);  // what is there is not ours
}

TEST_F(MoveFileTest, AMissingFileFailsAndALostOneIsUnknown) {
  fs::remove(from_);
  record::Effect effect = attempted(*effector_);
  EXPECT_EQ(perform(*effector_, effect).kind, Kind::kFailed);
  EXPECT_EQ(reconcile(*effector_, effect).kind, Kind::kUnknown);
}

TEST_F(MoveFileTest, BetweenDevicesItCopies) {
  TwoDevices devices;
  auto effector = make_move_file(devices);
  record::Effect effect = attempted(*effector);
  EXPECT_EQ(perform(*effector, effect).kind, Kind::kDone);
  EXPECT_FALSE(fs::exists(from_));
  EXPECT_EQ(read_file(to_), "mail");
  EXPECT_FALSE(fs::exists(to_ + ".part"));
  EXPECT_EQ(effector->undo(effect).kind, Kind::kDone);

  // Died after the copy had its name: the original is removed later, not copied again.
  devices.no_remove = true;
  effect = attempted(*effector);
  EXPECT_EQ(perform(*effector, effect).kind, Kind::kRetry);
  devices.no_remove = false;
  EXPECT_EQ(reconcile(*effector, effect).kind, Kind::kDone);
  EXPECT_FALSE(fs::exists(from_));

  ASSERT_TRUE(files_.write_atomic(from_, "mail 2"));
  effect = attempted(*effector);
  EXPECT_EQ(perform(*effector, effect).kind, Kind::kFailed);
  EXPECT_EQ(read_file(to_), "mail");
  EXPECT_EQ(read_file(from_), "mail 2");
}

TEST_F(MoveFileTest, RealDevices) {
  if (!fs::exists("/dev/shm")) GTEST_SKIP() << "no /dev/shm";
  std::string there = "/dev/shm/fovea_move." + std::to_string(::getpid());
  record::Effect effect = attempted(*effector_);
  effect.arguments.as_object()["to"] = there;
  effect.outcome = effector_->prepare({&effect, 1})->front();
  EXPECT_EQ(perform(*effector_, effect).kind, Kind::kDone);
  EXPECT_EQ(read_file(there + "/a.eml"), "mail");
  EXPECT_EQ(effector_->undo(effect).kind, Kind::kDone);
  EXPECT_EQ(read_file(from_), "mail");
  fs::remove_all(there);
}

TEST_F(MoveFileTest, ArgumentsAreCheckedStrictly) {
  EXPECT_TRUE(effector_->check(JsonObject{{"to", "done"}}));
  EXPECT_FALSE(effector_->check(JsonObject{{"too", "done"}}));
  EXPECT_FALSE(effector_->check(JsonObject{{"path", "a"}}));
  record::Effect effect = attempted(*effector_);
  effect.arguments.as_object()["path"] = "..";
  EXPECT_EQ(perform(*effector_, effect).kind, Kind::kFailed);
}

}  // namespace
}  // namespace fovea::act
