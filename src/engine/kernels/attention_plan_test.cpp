#include "engine/kernels/attention_plan.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/files.h"

namespace fovea::kernels {
namespace {

class AttentionPlans : public ::testing::Test {
 protected:
  AttentionPlans()
      : folder_(std::filesystem::temp_directory_path() / ("fovea_plan_" + std::to_string(::getpid()))),
        file_((folder_ / "deep" / "attention.json").string()) {}
  ~AttentionPlans() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(file_).parent_path());
    std::ofstream(file_) << text;
  }

  const IsaKernels& isa_ = *available_isas().back();
  std::filesystem::path folder_;
  std::string file_;
};

TEST_F(AttentionPlans, AreMeasuredOnceAndKept) {
  const auto plan = AttentionPlan::of_host(file_, isa_, Precision::kFp32, 16);
  const auto text = read_file(file_);
  ASSERT_TRUE(text.has_value());
  EXPECT_NE(text->find(isa_.name), std::string::npos);
  EXPECT_EQ(AttentionPlan::of_host(file_, isa_, Precision::kFp32, 16), plan);
  EXPECT_EQ(*read_file(file_), *text) << "measured again";
  (void)AttentionPlan::of_host(file_, isa_, Precision::kInt8, 16);
  EXPECT_GT(read_file(file_)->size(), text->size()) << "each precision has its own";
  EXPECT_EQ(AttentionPlan::of_host(file_, isa_, Precision::kFp32, 16), plan);
}

TEST_F(AttentionPlans, ChooseAmongTheBlocks) {
  const auto plan = AttentionPlan::measure(isa_, Precision::kFp32, 16);
  for (int64_t keys : {1, 1024, 1025, 5000, 100'000})
    EXPECT_EQ(std::ranges::count(AttentionPlan::kBlocks, plan.query_block(keys)), 1) << keys;
  EXPECT_EQ(AttentionPlan().query_block(2000), 0) << "the kernel's default";
}

TEST_F(AttentionPlans, ADamagedFileIsMeasuredAnew) {
  for (const char* text : {"", "[1]", "{\"x\":", "{\"x\": 3}"}) {
    write(text);
    const auto plan = AttentionPlan::of_host(file_, isa_, Precision::kFp32, 16);
    EXPECT_EQ(std::ranges::count(AttentionPlan::kBlocks, plan.query_block(1)), 1);
    EXPECT_NE(read_file(file_)->find("fp32"), std::string::npos);
  }
  // Another block than those that are measured is not taken from the file.
  auto text = *read_file(file_);
  text.replace(text.find('['), std::string::npos, "[7,7,7]}");
  write(text);
  EXPECT_NE(AttentionPlan::of_host(file_, isa_, Precision::kFp32, 16).query_block(1), 7);
}

TEST_F(AttentionPlans, WhereNothingCanBeKeptTheyAreMeasured) {
  EXPECT_GT(AttentionPlan::of_host("", isa_, Precision::kFp32, 16).query_block(1), 0);
  EXPECT_GT(AttentionPlan::of_host("/proc/no/such/attention.json", isa_, Precision::kFp32, 16).query_block(1), 0);
}

}  // namespace
}  // namespace fovea::kernels
