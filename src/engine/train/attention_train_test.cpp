#include "engine/train/attention_train.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "engine/train/attention_model.h"

namespace fovea::train {
namespace {

namespace fs = std::filesystem;

// Real trainings of a small table; skipped where libtorch was not there to build the trainer.
class AttentionTrain : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!find_torch_trainer()) GTEST_SKIP() << "fovea-train-torch is not built";
    path_ = fs::temp_directory_path() / ("fovea-attention-" + std::to_string(::getpid()));
    const char* words[3] = {"refund money back 退款", "parcel late where 快递", "thanks lovely great 谢谢"};
    for (uint32_t i = 0; i < 90; ++i) {
      kept_.push_back("message " + std::to_string(i * 37 % 101) + " " + words[i % 3] + (i % 2 ? " please!" : ""));
      labels_.push_back(i % 3);
      held_out_.push_back(i % 5 == 0);
    }
    texts_.assign(kept_.begin(), kept_.end());
    options_.folder = (path_ / "attention").string();
    options_.checkpoint = (path_ / "checkpoint").string();
    options_.epochs = 3;
    options_.top_up_epochs = 0;
    options_.threads = 1;
  }
  void TearDown() override {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Result<AttentionTrained> train(const TorchProgress& progress = {}) {
    return train_attention(texts_, labels_, held_out_, {"refund", "late", "praise"}, options_, progress);
  }

  fs::path path_;
  std::vector<std::string> kept_;
  std::vector<std::string_view> texts_;
  std::vector<uint32_t> labels_;
  std::vector<bool> held_out_;
  AttentionTrainOptions options_;
};

TEST_F(AttentionTrain, OurEngineGivesLibtorchsLogits) {
  auto trained = train();
  ASSERT_TRUE(trained.has_value()) << trained.error().text();
  EXPECT_EQ(trained->kind, "fovea-hashed");
  ASSERT_EQ(trained->result.held_out_logits.size(), 18u * 3);
  auto model = AttentionModel::open(options_.folder, 3);
  ASSERT_TRUE(model.has_value()) << model.error().text();
  AttentionScratch scratch;
  std::vector<std::string_view> held;
  for (size_t i = 0; i < texts_.size(); i += 5) held.push_back(texts_[i]);
  std::vector<std::vector<FocusSpan>> focus;
  AttentionRun how;
  how.focus = &focus;
  auto together = (*model)->score(held, scratch, how);
  ASSERT_TRUE(together.has_value()) << together.error().text();
  for (size_t i = 0; i < together->size(); ++i) {
    EXPECT_NEAR((*together)[i], trained->result.held_out_logits[i], 1e-4) << i;
  }
  // A text's logits do not depend on its batch-mates, to the bit; the focus covers bytes of the text and sums to 1.
  for (size_t i = 0; i < held.size(); ++i) {
    auto alone = (*model)->score({&held[i], 1}, scratch);
    ASSERT_TRUE(alone.has_value());
    for (size_t l = 0; l < 3; ++l) EXPECT_EQ((*alone)[l], (*together)[i * 3 + l]);
    double sum = 0;
    for (const FocusSpan& f : focus[i]) {
      EXPECT_LT(f.begin, f.end);
      EXPECT_LE(f.end, held[i].size());
      sum += f.weight;
    }
    EXPECT_NEAR(sum, 1, 1e-4);
  }
  EXPECT_FALSE(AttentionModel::open(options_.folder, 4).has_value());  // other labels than the manifest
}

TEST_F(AttentionTrain, IsRepeatable) {
  auto first = train(), second = train();
  ASSERT_TRUE(first.has_value() && second.has_value());
  EXPECT_EQ(first->result.held_out_logits, second->result.held_out_logits);
  options_.seed = 2;
  auto other = train();
  ASSERT_TRUE(other.has_value());
  EXPECT_NE(first->result.held_out_logits, other->result.held_out_logits);
}

TEST_F(AttentionTrain, CanBeCancelledAndGoesOnWithTheSameResult) {
  options_.epochs = 4;
  auto whole = train();
  ASSERT_TRUE(whole.has_value());
  fs::remove_all(options_.checkpoint);
  options_.epochs = 4;
  bool began = false;
  auto cut = train([&](double, double) {  // cancels as soon as there is a checkpoint to go on from
    began = fs::exists(options_.checkpoint + "/state.bin");
    return !began;
  });
  if (cut.has_value()) GTEST_SKIP() << "it was done before it could be cancelled";
  EXPECT_EQ(cut.error().code, Code::kCancelled);
  auto resumed = train();
  ASSERT_TRUE(resumed.has_value()) << resumed.error().text();
  EXPECT_EQ(resumed->result.held_out_logits, whole->result.held_out_logits);
}

TEST_F(AttentionTrain, SaysWhatIsWrongWithABase) {
  options_.base = "/nonexistent";
  auto trained = train();
  ASSERT_FALSE(trained.has_value());
  EXPECT_NE(trained.error().where.find("config.json"), std::string::npos);
}

}  // namespace
}  // namespace fovea::train
