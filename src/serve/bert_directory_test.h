// For tests: a directory as `fovea train --base` writes it: a linear model of three labels, trained, beside a BERT of
// random weights, which the quality gate may be told to judge as the test likes.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "engine/models/packed_import.h"
#include "engine/models/tiny_bert_folder.h"
#include "engine/models/verify_verdict.h"
#include "engine/train/train_run.h"
#include "serve/attention_part.h"

namespace fovea::serve {

class BertDirectory : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = (std::filesystem::temp_directory_path() / ("fovea-part-" + std::to_string(::getpid()))).string();
    std::filesystem::create_directories(path_);
    std::string rows;
    for (int i = 0; i < 60; ++i) {
      const std::string n = std::to_string(i % 3);
      rows += "{\"text\":\"where is order " + n + " of " + std::to_string(i) + "\",\"label\":\"label " + n + "\"}\n";
    }
    ASSERT_TRUE(files_.write_atomic(path_ + "/table.jsonl", rows));
    train::TrainOptions options;
    options.table = path_ + "/table.jsonl";
    options.text_column = "text";
    options.label_column = "label";
    options.out = model();
    options.linear_only = true;
    auto story = train::train_model(options, {}, clock_);
    ASSERT_TRUE(story.has_value()) << story.error().text();
    record_ = story->record;
    add_attention(models::TinyBert{.labels = 3});
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  void add_attention(const models::TinyBert& what) {
    const models::TinyBertFolder bert(what);
    std::vector<std::string> parts{"linear.fvl"};
    for (const auto& file : std::filesystem::directory_iterator(bert.path())) {
      const std::string name = file.path().filename().string();
      ASSERT_TRUE(files_.write_atomic(attention() + "/" + name, *read_file(file.path().string())));
      parts.push_back("attention/" + name);
    }
    record_.attention_kind = "bert";
    record_.attention_cost = {100, 1, 0};
    ASSERT_TRUE(train::write_record(model(), record_, parts));
  }

  void judge(const std::vector<models::PrecisionVerdict>& precisions) {
    models::Verdict verdict;
    verdict.weights = *models::weights_digests(attention());
    verdict.precisions = precisions;
    ASSERT_TRUE(models::write_verdict(files_, attention(), verdict));
  }
  void import_int8() {
    const auto made = models::import_model(
        files_,
        {.folder = attention(), .out = packed_attention_path(model(), "int8"), .precision = kernels::Precision::kInt8});
    ASSERT_TRUE(made.has_value()) << made.error().text();
  }

  std::string model() const { return path_ + "/model"; }
  std::string attention() const { return model() + "/attention"; }

  SystemClock clock_;
  RealFiles files_;
  std::string path_;
  train::ModelRecord record_;
};

}  // namespace fovea::serve
