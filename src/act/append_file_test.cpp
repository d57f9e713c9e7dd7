#include "act/append_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <iostream>

#include "base/slow_build_test.h"

namespace fovea::act {
namespace {

namespace fs = std::filesystem;
using Kind = record::Outcome::Kind;

class AppendFileTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() / ("fovea_append." + std::to_string(::getpid()));
    fs::remove_all(dir_);
    fs::create_directories(dir_);
    path_ = dir_ + "/out.jsonl";
    effector_ = make_append_file(files_);
  }
  void TearDown() override { fs::remove_all(dir_); }

  record::Effect effect(int i) const {
    record::Effect out;
    out.id = i + 1;
    out.kind = "append";
    out.key = "note:" + std::to_string(i);
    out.arguments = JsonObject{{"path", path_}, {"body", JsonObject{{"id", i}}}};
    return out;
  }
  static std::string line(int i) { return "{\"id\":" + std::to_string(i) + "}\n"; }
  // As the caller does: keeps what prepare() gave with each effect.
  std::vector<record::Effect> attempted(int from, int to) {
    std::vector<record::Effect> out;
    for (int i = from; i < to; ++i) out.push_back(effect(i));
    auto prepared = effector_->prepare(out);
    EXPECT_TRUE(prepared);
    for (size_t i = 0; i < out.size(); ++i) out[i].outcome = (*prepared)[i];
    return out;
  }
  std::string content() { return files_.read(path_, 0, UINT64_MAX).value_or(""); }
  void put(const std::string& text) { ASSERT_TRUE(files_.append(path_, text)); }

  RealFiles files_;
  std::string dir_, path_;
  std::unique_ptr<Effector> effector_;
};

TEST_F(AppendFileTest, OneLineAnEffect) {
  auto effects = attempted(0, 3);
  for (const auto& outcome : effector_->perform(effects)) EXPECT_EQ(outcome.kind, Kind::kDone) << outcome.error;
  EXPECT_EQ(content(), line(0) + line(1) + line(2));
  effects = attempted(3, 4);
  auto outcome = effector_->perform(effects).front();
  EXPECT_EQ(to_text(outcome.detail), R"({"offset":27,"bytes":9})");
}

TEST_F(AppendFileTest, TextsAreWrittenAsTheyAreAndStayOneLine) {
  record::Effect plain = effect(0);
  plain.arguments = JsonObject{{"path", path_}, {"body", "two\nlines"}};
  EXPECT_EQ(effector_->perform({&plain, 1}).front().kind, Kind::kDone);
  EXPECT_EQ(content(), "two lines\n");
}

TEST_F(AppendFileTest, SomeoneElsesOpenLineIsClosedFirst) {
  put("open");
  auto effects = attempted(0, 1);
  auto outcome = effector_->perform(effects).front();
  EXPECT_EQ(content(), "open\n" + line(0));
  EXPECT_EQ(to_text(outcome.detail), R"({"offset":5,"bytes":9})");
}

// A crash at every byte of the batch's one write.
TEST_F(AppendFileTest, ReconcileFindsExactlyWhatWasWritten) {
  std::string whole = line(0) + line(1) + line(2);
  for (size_t cut = 0; cut <= whole.size(); ++cut) {
    fs::remove(path_);
    put("before\n");
    auto effects = attempted(0, 3);
    put(whole.substr(0, cut));
    auto outcomes = effector_->reconcile(effects);
    size_t complete = cut / 9;
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(outcomes[i].kind, i < complete ? Kind::kDone : Kind::kRetry) << cut;
    EXPECT_EQ(content(), "before\n" + whole.substr(0, complete * 9)) << cut;
    std::vector<record::Effect> left;
    for (size_t i = complete; i < 3; ++i) left.push_back(effects[i]);
    for (const auto& outcome : effector_->perform(left)) EXPECT_EQ(outcome.kind, Kind::kDone);
    EXPECT_EQ(content(), "before\n" + whole);
  }
}

TEST_F(AppendFileTest, ReconcileToleratesOthersAndCountsEqualLinesOnce) {
  put(line(7));  // an equal line from before is not ours
  auto effects = attempted(7, 8);
  auto twin = effects[0];
  effects.push_back(twin);
  put("someone else's\n" + line(7) + "theirs, torn");
  auto outcomes = effector_->reconcile(effects);
  EXPECT_EQ(outcomes[0].kind, Kind::kDone);
  EXPECT_EQ(outcomes[1].kind, Kind::kRetry);
  EXPECT_TRUE(content().ends_with("theirs, torn"));
}

TEST_F(AppendFileTest, ZerosThatAPowerCutLeftAreCutOff) {
  put(line(99));
  auto effects = attempted(0, 4);
  put(line(0) + std::string(9, '\0') + "}\n" + line(2));  // line 1 is damaged, 2 came through, 3 never began
  auto outcomes = effector_->reconcile(effects);
  EXPECT_EQ(outcomes[0].kind, Kind::kDone);
  for (int i = 1; i < 4; ++i) EXPECT_EQ(outcomes[static_cast<size_t>(i)].kind, Kind::kRetry) << i;
  EXPECT_EQ(content(), line(99) + line(0));
}

TEST_F(AppendFileTest, ZerosBeforeALineOfOthersAreLeftAlone) {
  auto effects = attempted(0, 1);
  put(std::string(9, '\0') + "\n" + "somebody else\n");
  EXPECT_EQ(effector_->reconcile(effects)[0].kind, Kind::kRetry);
  EXPECT_EQ(content(), std::string(9, '\0') + "\n" + "somebody else\n");
}

TEST_F(AppendFileTest, AReplacedFileIsUnknown) {
  put("a long line that is there before\n");
  auto effects = attempted(0, 1);
  fs::remove(path_);
  EXPECT_EQ(effector_->reconcile(effects).front().kind, Kind::kUnknown);
}

TEST_F(AppendFileTest, AFullDiskIsTriedAgain) {
  record::Effect full = effect(0);
  full.arguments = JsonObject{{"path", "/dev/full"}, {"body", 1}};
  EXPECT_EQ(effector_->perform({&full, 1}).front().kind, Kind::kRetry);
  record::Effect nowhere = effect(0);
  nowhere.arguments = JsonObject{{"path", "/proc/none/x"}, {"body", 1}};
  EXPECT_EQ(effector_->perform({&nowhere, 1}).front().kind, Kind::kRetry);
}

TEST_F(AppendFileTest, UndoCutsTheLastLineAndAnswersAnEarlierOne) {
  auto effects = attempted(0, 2);
  auto outcomes = effector_->perform(effects);
  for (int i = 0; i < 2; ++i) effects[i].outcome = outcomes[i].detail;
  EXPECT_EQ(effector_->undo(effects[0]).kind, Kind::kDone);
  std::string against = R"({"undoes":"note:0","body":{"id":0}})"
                        "\n";
  EXPECT_EQ(content(), line(0) + line(1) + against);
  EXPECT_EQ(effector_->undo(effects[0]).kind, Kind::kDone);  // again: nothing more
  EXPECT_EQ(content(), line(0) + line(1) + against);
  ASSERT_TRUE(files_.truncate(path_, 18));
  EXPECT_EQ(effector_->undo(effects[1]).kind, Kind::kDone);
  EXPECT_EQ(content(), line(0));
  EXPECT_EQ(effector_->undo(effects[1]).kind, Kind::kDone);
  EXPECT_EQ(content(), line(0));
}

TEST_F(AppendFileTest, ArgumentsAreCheckedStrictly) {
  EXPECT_TRUE(effector_->check(JsonObject{{"path", "x"}, {"body", nullptr}}));
  auto typo = effector_->check(JsonObject{{"pth", "x"}, {"body", 1}});
  ASSERT_FALSE(typo);
  EXPECT_EQ(typo.error().hint, "did you mean 'path'?");
  EXPECT_FALSE(effector_->check(JsonObject{{"path", "x"}}));
  EXPECT_FALSE(effector_->check(JsonObject{{"path", ""}, {"body", 1}}));
  EXPECT_FALSE(effector_->check(JsonObject{{"path", 3}, {"body", 1}}));
  EXPECT_FALSE(effector_->check("x"));
}

TEST_F(AppendFileTest, ABatchCostsOneSync) {
  auto effects = attempted(0, 512);
  auto start = std::chrono::steady_clock::now();
  auto outcomes = effector_->perform(effects);
  double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  std::cout << ms << " ms for 512 effects\n";
  EXPECT_EQ(outcomes.size(), 512u);
  EXPECT_LT(ms, 500 * kSlowdown);
}

}  // namespace
}  // namespace fovea::act
