#include "engine/train/attention_train.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/files.h"
#include "base/json.h"
#include "base/random.h"
#include "engine/train/attention_model.h"

namespace fovea::train {
namespace {

namespace fs = std::filesystem;

// A BERT of one layer with random weights and a vocabulary of letters, as a Hugging Face folder.
void write_base(const fs::path& folder) {
  fs::create_directories(folder);
  RealFiles files;
  std::string vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
  int pieces = 5;
  for (char c = 'a'; c <= 'z'; ++c, pieces += 2) vocabulary += std::string(1, c) + "\n##" + c + "\n";
  ASSERT_TRUE(files.write_atomic((folder / "vocab.txt").string(), vocabulary));
  ASSERT_TRUE(files.write_atomic((folder / "config.json").string(),
                                 to_text(JsonObject{{"model_type", "bert"},
                                                    {"architectures", JsonArray{"BertModel"}},
                                                    {"vocab_size", pieces},
                                                    {"hidden_size", 16},
                                                    {"num_hidden_layers", 1},
                                                    {"num_attention_heads", 2},
                                                    {"intermediate_size", 32},
                                                    {"max_position_embeddings", 64},
                                                    {"type_vocab_size", 2}})));
  JsonObject header;
  std::vector<float> values;
  Random random(5);
  auto add = [&](const std::string& name, int64_t rows, int64_t cols) {
    size_t begin = values.size() * 4;
    for (int64_t i = 0; i < rows * std::max<int64_t>(cols, 1); ++i) {
      values.push_back(static_cast<float>(random.uniform() - 0.5) + (name.ends_with("Norm.weight") ? 1.0f : 0.0f));
    }
    JsonArray shape = cols ? JsonArray{rows, cols} : JsonArray{rows};
    header[name] =
        JsonObject{{"dtype", "F32"}, {"shape", shape}, {"data_offsets", JsonArray{begin, values.size() * 4}}};
  };
  add("embeddings.word_embeddings.weight", pieces, 16);
  add("embeddings.position_embeddings.weight", 64, 16);
  add("embeddings.token_type_embeddings.weight", 2, 16);
  for (const char* norm :
       {"embeddings.LayerNorm", "encoder.layer.0.attention.output.LayerNorm", "encoder.layer.0.output.LayerNorm"}) {
    add(std::string(norm) + ".weight", 16, 0);
    add(std::string(norm) + ".bias", 16, 0);
  }
  for (auto [name, out, in] : {std::tuple("attention.self.query", 16, 16), std::tuple("attention.self.key", 16, 16),
                               std::tuple("attention.self.value", 16, 16), std::tuple("attention.output.dense", 16, 16),
                               std::tuple("intermediate.dense", 32, 16), std::tuple("output.dense", 16, 32)}) {
    add(std::string("encoder.layer.0.") + name + ".weight", out, in);
    add(std::string("encoder.layer.0.") + name + ".bias", out, 0);
  }
  std::string text = to_text(header), bytes;
  for (uint64_t i = 0, size = text.size(); i < 8; ++i) bytes += static_cast<char>(size >> (8 * i));
  bytes += text;
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * 4);
  ASSERT_TRUE(files.write_atomic((folder / "model.safetensors").string(), bytes));
}

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
  std::string keys = *read_file(options_.folder + "/features.bin");
  ASSERT_GE(keys.size(), 8u);
  for (const std::string& damaged : {keys.substr(4), keys.substr(4, 4) + keys.substr(0, 4) + keys.substr(8)}) {
    ASSERT_TRUE(RealFiles().write_atomic(options_.folder + "/features.bin", damaged));
    auto opened = AttentionModel::open(options_.folder, 3);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, Code::kDataLoss);
    EXPECT_NE(opened.error().where.find("features.bin"), std::string::npos);
  }
}

TEST_F(AttentionTrain, FineTunesABertThatOurEngineRuns) {
  write_base(path_ / "base");
  options_.base = (path_ / "base").string();
  options_.epochs = 2;
  auto trained = train();
  ASSERT_TRUE(trained.has_value()) << trained.error().text();
  EXPECT_EQ(trained->kind, "bert");
  auto model = AttentionModel::open(options_.folder, 3);
  ASSERT_TRUE(model.has_value()) << model.error().text();
  AttentionScratch scratch;
  std::vector<std::string_view> held;
  for (size_t i = 0; i < texts_.size(); i += 5) held.push_back(texts_[i]);
  auto logits = (*model)->score(held, scratch);
  ASSERT_TRUE(logits.has_value()) << logits.error().text();
  ASSERT_EQ(logits->size(), trained->result.held_out_logits.size());
  for (size_t i = 0; i < logits->size(); ++i) {
    EXPECT_NEAR((*logits)[i], trained->result.held_out_logits[i], 1e-4) << i;
  }
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
  auto cut = train([&](double, double, auto) {  // cancels as soon as there is a checkpoint to go on from
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
