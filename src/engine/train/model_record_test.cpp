#include "engine/train/model_record.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/files.h"

namespace fovea::train {
namespace {

namespace fs = std::filesystem;

class Directory : public ::testing::Test {
 protected:
  Directory() : path_(fs::temp_directory_path() / ("fovea-record-" + std::to_string(::getpid()))) {
    fs::create_directories(path_);
  }
  ~Directory() override { fs::remove_all(path_); }
  std::string at(const std::string& name) const { return (path_ / name).string(); }
  void put(const std::string& name, const std::string& bytes) {
    ASSERT_TRUE(RealFiles().write_atomic(at(name), bytes).has_value());
  }
  ModelRecord write() {
    put("linear.fvl", "weights");
    ModelRecord r;
    r.labels = {"a", "outside", "退款"};
    r.outside_label = "outside";
    r.judge.linear_temperature = 0.25;
    r.judge.both_min = kNeverSure;
    r.judge.hand_over = 0.7;
    r.budget_rows.linear = {{0.9f, true}, {0.5f, false}};
    r.budget_rows.both = {{{0.9f, true}, {0.95f, true}}};
    r.linear_cost = {1, 2, 3};
    r.attention_kind = "fovea-hashed";
    r.cascade.accuracy = 0.5;
    EXPECT_TRUE(write_record(path_.string(), r, {"linear.fvl"}).has_value());
    return r;
  }
  fs::path path_;
};

TEST_F(Directory, IsReadAsItWasWritten) {
  ModelRecord r = write();
  auto again = read_record(path_.string());
  ASSERT_TRUE(again.has_value()) << again.error().text();
  EXPECT_EQ(again->labels, r.labels);
  EXPECT_EQ(again->judge.outside_label, 1u);
  EXPECT_DOUBLE_EQ(again->judge.linear_temperature, 0.25);
  EXPECT_EQ(again->judge.both_min, kNeverSure);
  EXPECT_EQ(again->digest, r.digest);
  ASSERT_EQ(again->budget_rows.linear.size(), 2u);
  EXPECT_FALSE(again->budget_rows.linear[1].right);
  EXPECT_NEAR(again->budget_rows.linear[1].probability, 0.5, 1e-6);
  EXPECT_NEAR(again->budget_rows.both[0].both.probability, 0.95, 1e-6);
  EXPECT_DOUBLE_EQ(again->linear_cost.us(10), 1 + 20 + 300);
  EXPECT_DOUBLE_EQ(again->cascade.accuracy, 0.5);
}

TEST_F(Directory, EveryDamageIsNamed) {
  write();
  std::string good = *read_file(at("manifest.json"));
  put("linear.fvl", "weightz");
  auto part = read_record(path_.string());
  ASSERT_FALSE(part.has_value());
  EXPECT_EQ(part.error().code, Code::kDataLoss);
  EXPECT_TRUE(part.error().where.ends_with("linear.fvl"));
  fs::remove(at("linear.fvl"));
  EXPECT_TRUE(read_record(path_.string()).error().message.find("missing") != std::string::npos);
  put("linear.fvl", "weights");
  ASSERT_TRUE(read_record(path_.string()).has_value());
  size_t at_value = good.find("\"hand_over\":");
  std::string changed = good;
  changed[at_value + 12] = '9';
  put("manifest.json", changed);
  EXPECT_FALSE(read_record(path_.string()).has_value());
  for (size_t length : {size_t{0}, size_t{10}, good.size() / 2}) {
    put("manifest.json", good.substr(0, length));
    EXPECT_FALSE(read_record(path_.string()).has_value()) << length;
  }
  EXPECT_EQ(read_record("/nonexistent").error().code, Code::kNotFound);
}

TEST(CostFit, FindsACurveAndStaysAboveZero) {
  std::vector<std::pair<double, double>> samples;
  for (int l = 5; l < 400; l += 7) samples.emplace_back(l, 50 + 3 * l + 0.01 * l * l);
  CostFit fit = fit_cost(samples);
  EXPECT_NEAR(fit.us(100), 450, 1);
  EXPECT_NEAR(fit.us(300), 1850, 2);
  for (auto& [l, us] : samples) us = 1000 - l;  // falling: no curve of ours
  fit = fit_cost(samples);
  EXPECT_GE(fit.a, 0);
  EXPECT_GE(fit.b, 0);
  EXPECT_GE(fit.c, 0);
}

}  // namespace
}  // namespace fovea::train
