#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "base/files.h"
#include "engine/train/train_run.h"
#include "serve/trained_model.h"

namespace fovea::serve {
namespace {

namespace fs = std::filesystem;

// A linear model trained for real on a small table.
class TrainedDirectory : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = fs::temp_directory_path() / ("fovea-serve-" + std::to_string(::getpid()));
    fs::create_directories(path_);
    std::string rows;
    const char* texts[3] = {"please refund my money 退款", "where is my parcel 快递", "buy cheap watches now 广告"};
    const char* labels[3] = {"refund", "late", "outside"};
    for (int i = 0; i < 600; ++i) {
      rows += std::string("{\"text\":\"") + texts[i % 3] + " number " + std::to_string(i) + "\",\"label\":\"" +
              labels[i % 3] + "\"}\n";
    }
    ASSERT_TRUE(RealFiles().write_atomic((path_ / "table.jsonl").string(), rows).has_value());
    train::TrainOptions options;
    options.table = (path_ / "table.jsonl").string();
    options.text_column = "text";
    options.label_column = "label";
    options.out = directory();
    options.linear_only = true;
    auto story = train::train_model(options, {}, clock_);
    ASSERT_TRUE(story.has_value()) << story.error().text();
    EXPECT_GT(story->record.linear.accuracy, 0.99);
  }
  void TearDown() override {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  std::string directory() const { return (path_ / "model").string(); }
  Nanos soon() const { return clock_.steady() + std::chrono::seconds(5); }

  SystemClock clock_;
  fs::path path_;
};

TEST_F(TrainedDirectory, AnswersSurelyAndNamesItself) {
  auto model = open_model_dir(directory());
  ASSERT_TRUE(model.has_value()) << model.error().text();
  EXPECT_EQ(model->outside_label, "outside");
  EXPECT_EQ(model->attention, nullptr);
  ScoreItem items[2] = {{"I want my money back, refund", {}}, {"cheap watches", {}}};
  auto verdicts = model->linear->score(items, soon(), clock_);
  ASSERT_EQ(verdicts.size(), 2u);
  ASSERT_TRUE(verdicts[0].has_value() && verdicts[1].has_value());
  EXPECT_EQ(verdicts[0]->prediction.label, "refund");
  EXPECT_EQ(verdicts[0]->prediction.model, model->digest);
  EXPECT_EQ(verdicts[0]->prediction.scores.size(), 3u);
  EXPECT_NEAR(std::exp(verdicts[0]->log_probabilities[2]), verdicts[0]->prediction.probability, 1e-6);
  EXPECT_TRUE(verdicts[1]->prediction.outside);
  EXPECT_FALSE(verdicts[1]->sure);
  EXPECT_EQ(verdicts[1]->why, "looks like none of the labels");
  EXPECT_GT(model->linear->cost_us_estimate("a text"), 0);
  EXPECT_EQ(model->linear->rung_name(), "linear");
}

TEST_F(TrainedDirectory, IsLateRatherThanSlow) {
  auto model = open_model_dir(directory());
  ASSERT_TRUE(model.has_value());
  ScoreItem item{"refund", {}};
  auto verdicts = model->linear->score({&item, 1}, clock_.steady() - Nanos(1), clock_);
  ASSERT_FALSE(verdicts[0].has_value());
  EXPECT_EQ(verdicts[0].error().code, Code::kDeadlineExceeded);
}

TEST_F(TrainedDirectory, ObeysTheFlow) {
  Sureness strict;
  strict.min_probability = 1.0;
  strict.outside = Sureness::Outside::kAnswer;
  ScoreItem item{"refund or parcel", {}};
  auto model = open_model_dir(directory(), strict);
  ASSERT_TRUE(model.has_value());
  auto verdict = model->linear->score({&item, 1}, soon(), clock_);
  EXPECT_FALSE(verdict[0]->sure);
  EXPECT_NE(verdict[0]->why.find("under 1.00"), std::string::npos);
  Sureness lax;
  lax.min_probability = 0;
  lax.outside = Sureness::Outside::kAnswer;
  model = open_model_dir(directory(), lax);
  ScoreItem outside{"watches", {}};
  EXPECT_TRUE(model->linear->score({&outside, 1}, soon(), clock_)[0]->sure);
  EXPECT_TRUE(model->ever_sure);
  Sureness hopeless;
  hopeless.error_budget = 0.0001;  // would need 23,000 rows without an error
  model = open_model_dir(directory(), hopeless);
  ASSERT_TRUE(model.has_value());
  EXPECT_FALSE(model->ever_sure);
  Sureness wrong;
  wrong.error_budget = 2;
  EXPECT_EQ(open_model_dir(directory(), wrong).error().where, "sure.error_budget");
}

TEST_F(TrainedDirectory, RefusesADamagedPart) {
  std::string path = directory() + "/linear.fvl", bytes = *read_file(path);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  ASSERT_TRUE(RealFiles().write_atomic(path, bytes).has_value());
  auto model = open_model_dir(directory());
  ASSERT_FALSE(model.has_value());
  EXPECT_EQ(model.error().code, Code::kDataLoss);
  EXPECT_EQ(model.error().where, path);
  EXPECT_EQ(open_model_dir((path_ / "nothing").string()).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace fovea::serve
