#include "engine/models/hashed_encoder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <map>

#include "base/files.h"
#include "base/random.h"
#include "engine/models/verify.h"
#include "engine/weights/safetensors_writer.h"

namespace fovea::models {
namespace {

using kernels::Precision;

constexpr int64_t kHidden = 32, kWide = 64, kPositions = 16, kLabels = 3;

// A folder of the kind with random weights; its features are those of the words in `sample`.
class HashedEncoderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = (std::filesystem::temp_directory_path() / ("fovea-hashed-" + std::to_string(::getpid()))).string();
    std::filesystem::create_directories(path_);
    for (int i = 0; i < 40; ++i)
      sample_.push_back(std::string(i % 2 ? "refund" : "parcel") + (i % 3 ? " late" : " 退款") + " number " +
                        std::to_string(i));
    std::map<uint32_t, bool> keys;
    tokenize::HashedTokens tokens;
    for (const std::string& text : sample_) {
      tokenize::hash_tokens(text, {kPositions, 3, 5}, tokens);
      for (uint32_t feature : tokens.features) keys[feature] = true;
    }
    std::string features;
    for (const auto& [key, known] : keys) features.append(reinterpret_cast<const char*>(&key), sizeof key);
    ASSERT_TRUE(files_.write_atomic(path_ + "/features.bin", features));
    const JsonObject config{{"model_type", "fovea-hashed"},
                            {"num_hidden_layers", 1},
                            {"hidden_size", kHidden},
                            {"num_attention_heads", 4},
                            {"intermediate_size", kWide},
                            {"max_position_embeddings", kPositions},
                            {"hashed_features", keys.size()},
                            {"piece_min", 3},
                            {"piece_max", 5},
                            {"num_labels", kLabels}};
    ASSERT_TRUE(files_.write_atomic(path_ + "/config.json", to_text(config)));
    write_weights(static_cast<int64_t>(keys.size()));
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  void add(const std::string& name, std::vector<int64_t> shape) {
    size_t count = 1;
    for (int64_t extent : shape) count *= static_cast<size_t>(extent);
    std::vector<float>& values = values_[name];
    for (size_t i = 0; i < count; ++i) values.push_back(static_cast<float>(random_.uniform() - 0.5));
    shapes_[name] = std::move(shape);
  }
  void add_linear(const std::string& name, int64_t out, int64_t in) {
    add(name + ".weight", {out, in});
    add(name + ".bias", {out});
  }
  void write_weights(int64_t features) {
    add("embeddings.feature_embeddings.weight", {features, kHidden});
    add("embeddings.position_embeddings.weight", {kPositions, kHidden});
    add("embeddings.token_type_embeddings.weight", {2, kHidden});
    const std::string layer = "encoder.layer.0.";
    for (const std::string& norm :
         {std::string("embeddings.LayerNorm"), layer + "attention.output.LayerNorm", layer + "output.LayerNorm"}) {
      add(norm + ".weight", {kHidden});
      add(norm + ".bias", {kHidden});
    }
    for (const char* part : {"query", "key", "value"}) add_linear(layer + "attention.self." + part, kHidden, kHidden);
    add_linear(layer + "attention.output.dense", kHidden, kHidden);
    add_linear(layer + "intermediate.dense", kWide, kHidden);
    add_linear(layer + "output.dense", kHidden, kWide);
    add_linear("classifier", kLabels, 2 * kHidden);
    std::vector<weights::NamedValues> tensors;
    for (const auto& [name, values] : values_) tensors.push_back({name, shapes_[name], values});
    ASSERT_TRUE(weights::write_safetensors(files_, path_ + "/model.safetensors", tensors));
  }

  std::vector<float> logits(const HashedEncoder& model, std::span<const std::string> texts) const {
    std::vector<tokenize::HashedTokens> tokens(texts.size());
    for (size_t i = 0; i < texts.size(); ++i) tokenize::hash_tokens(texts[i], model.tokens(), tokens[i]);
    std::vector<float> out(texts.size() * kLabels);
    tensor::Arena arena;
    EXPECT_TRUE(model.run(tokens, {out.data(), static_cast<int64_t>(texts.size()), kLabels}, arena));
    return out;
  }

  RealFiles files_;
  Random random_{3};
  std::string path_;
  std::vector<std::string> sample_;
  std::map<std::string, std::vector<float>> values_;
  std::map<std::string, std::vector<int64_t>> shapes_;
};

TEST_F(HashedEncoderTest, ATextsLogitsAreItsOwnInEachPrecision) {
  std::vector<std::vector<float>> all;
  for (Precision precision : {Precision::kFp32, Precision::kBf16, Precision::kInt8}) {
    const auto model = HashedEncoder::create(path_, precision);
    ASSERT_TRUE(model.has_value()) << model.error().text();
    EXPECT_EQ((*model)->precision(), precision);
    all.push_back(logits(**model, sample_));
    for (size_t i = 0; i < sample_.size(); ++i) {
      const auto alone = logits(**model, {&sample_[i], 1});
      ASSERT_EQ(std::memcmp(alone.data(), all.back().data() + i * kLabels, kLabels * sizeof(float)), 0) << i;
    }
  }
  EXPECT_NE(all[0], all[1]);
  EXPECT_NE(all[0], all[2]);
  for (size_t i = 0; i < all[0].size(); ++i) EXPECT_NEAR(all[0][i], all[2][i], 0.1) << i;
}

TEST_F(HashedEncoderTest, TheGateJudgesIt) {
  VerifySample sample{.name = "sample.txt", .digest = "00", .texts = sample_, .truth = {}};
  const auto verified = verify_model(path_, sample, {.thresholds = {0.5}, .workers = 2});
  ASSERT_TRUE(verified.has_value()) << verified.error().text();
  ASSERT_EQ(verified->figures.size(), 3u);
  EXPECT_EQ(verified->figures[2].precision, Precision::kInt8);
  EXPECT_GT(verified->figures[2].cosine.mean, 0.99);
  EXPECT_LT(verified->figures[2].cosine.mean, 1);
  ASSERT_TRUE(verified->figures[2].decisions.has_value());
  EXPECT_TRUE(verified->verdict.weights.contains("features.bin"));
  EXPECT_GT(verified->verdict.precisions[0].texts_per_s, 0);
}

}  // namespace
}  // namespace fovea::models
