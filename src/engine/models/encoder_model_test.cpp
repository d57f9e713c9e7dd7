#include "engine/models/encoder_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/kernels/scalar.h"
#include "engine/models/tiny_bert_folder.h"
#include "engine/weights/safetensors.h"

namespace fovea::models {
namespace {

struct Answer {
  std::vector<float> out;
  std::vector<float> focus;
};

Answer answer(const EncoderModel& model, const std::vector<std::vector<int32_t>>& sequences, tensor::Arena& arena) {
  std::vector<int32_t> ids, offsets{0};
  for (const auto& sequence : sequences) {
    ids.insert(ids.end(), sequence.begin(), sequence.end());
    offsets.push_back(static_cast<int32_t>(ids.size()));
  }
  Answer got;
  got.out.resize(sequences.size() * static_cast<size_t>(model.width()));
  got.focus.resize(ids.size());
  const tensor::Matrix out(got.out.data(), static_cast<int64_t>(sequences.size()), model.width());
  const auto ran = model.run({ids, offsets}, out, arena, {.before_layer = {}, .focus = got.focus});
  EXPECT_TRUE(ran.has_value()) << ran.error().text();
  return got;
}

std::vector<float> only(const TinyBertFolder& folder, const std::vector<int32_t>& sequence) {
  const auto model = EncoderModel::create(folder.path());
  EXPECT_TRUE(model.has_value()) << model.error().text();
  tensor::Arena arena;
  return answer(**model, {sequence}, arena).out;
}

const std::vector<int32_t> kText{2, 9, 10, 7, 8, 3};

TEST(EncoderModel, NamesMayBePrefixedOrBareOrOld) {
  const auto bare = only(TinyBertFolder(), kText);
  EXPECT_EQ(only(TinyBertFolder({.prefixed = true}), kText), bare);
  EXPECT_EQ(only(TinyBertFolder({.gamma_beta = true}), kText), bare);
}

TEST(EncoderModel, ASequenceIsTheSameAloneAndInAnyBatch) {
  for (const int64_t labels : {0, 3}) {
    const TinyBertFolder folder({.labels = labels});
    const auto model = EncoderModel::create(folder.path());
    ASSERT_TRUE(model.has_value());
    std::vector<std::vector<int32_t>> sequences;
    Random random(3);
    for (size_t i = 0; i < 40; ++i) {
      std::vector<int32_t> sequence(1 + random.below(TinyBertFolder::kPositions));
      for (int32_t& id : sequence) id = static_cast<int32_t>(random.below(TinyBertFolder::pieces().size()));
      sequences.push_back(std::move(sequence));
    }
    tensor::Arena arena;
    const auto together = answer(**model, sequences, arena);
    size_t at = 0;
    for (size_t i = 0; i < sequences.size(); ++i) {
      const auto alone = answer(**model, {sequences[i]}, arena);
      ASSERT_TRUE(std::equal(alone.out.begin(), alone.out.end(), together.out.begin() + i * alone.out.size()));
      ASSERT_TRUE(std::equal(alone.focus.begin(), alone.focus.end(), together.focus.begin() + at));
      float sum = 0;
      for (float weight : alone.focus) sum += weight;
      ASSERT_NEAR(sum, 1.0f, 1e-5f);
      at += sequences[i].size();
    }
  }
}

TEST(EncoderModel, PoolsAsTheFolderSays) {
  TinyBertFolder folder;
  const auto mean = only(folder, kText);  // no modules.json: the mean, as it is
  folder.write("modules.json", R"([{"type":"sentence_transformers.models.Transformer","path":""},
    {"type":"sentence_transformers.models.Pooling","path":"1_Pooling"},
    {"type":"sentence_transformers.models.Normalize","path":"2_Normalize"}])");
  folder.write("1_Pooling/config.json", R"({"pooling_mode_mean_tokens":true,"pooling_mode_cls_token":false})");
  const auto unit = only(folder, kText);
  double length = 0, other = 0;
  for (size_t i = 0; i < mean.size(); ++i) {
    length += static_cast<double>(unit[i]) * unit[i];
    other += static_cast<double>(mean[i]) * mean[i];
  }
  EXPECT_NEAR(length, 1.0, 1e-6);
  for (size_t i = 0; i < mean.size(); ++i) EXPECT_NEAR(unit[i], mean[i] / std::sqrt(other), 1e-6);
  folder.write("1_Pooling/config.json", R"({"pooling_mode_cls_token":true})");
  EXPECT_NE(only(folder, kText), unit);
}

TEST(EncoderModel, LogitsAreTheClassifierOfTheTanhOfThePooler) {
  const TinyBertFolder folder({.prefixed = true, .labels = 3});
  TinyBertFolder rows({.prefixed = true});  // the same encoder; its first row pooled
  rows.write("modules.json", R"([{"type":"x.Transformer","path":""},{"type":"x.Pooling","path":"p"}])");
  rows.write("p/config.json", R"({"pooling_mode":"cls"})");
  const auto first = only(rows, kText);
  const auto file = weights::SafeTensors::open(folder.path() + "/model.safetensors");
  const auto linear = [&](const std::vector<float>& x, const std::string& name) {
    const auto y =
        kernels::scalar::linear({x.data(), 1, static_cast<int64_t>(x.size())}, file->load(name + ".weight")->matrix(),
                                file->load(name + ".bias")->values());
    return std::vector<float>(y.begin(), y.end());
  };
  auto pooled = linear(first, "bert.pooler.dense");
  for (float& value : pooled) value = std::tanh(value);
  const auto want = linear(pooled, "classifier");
  const auto got = only(folder, kText);
  ASSERT_EQ(got.size(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_NEAR(got[i], want[i], 1e-5);
  EXPECT_EQ(EncoderModel::create(folder.path()).value()->labels()[2], "label 2");
}

TEST(EncoderModel, RefusesABatchBeyondTheModel) {
  const TinyBertFolder folder;
  const auto model = EncoderModel::create(folder.path());
  tensor::Arena arena;
  std::vector<float> out(static_cast<size_t>((*model)->width()));
  const auto refused = [&](std::vector<int32_t> ids, std::vector<int32_t> offsets) {
    const auto ran = (*model)->run({ids, offsets}, {out.data(), 1, (*model)->width()}, arena);
    return !ran && ran.error().code == Code::kInvalidArgument;
  };
  EXPECT_FALSE(refused({1, 2}, {0, 2}));
  EXPECT_TRUE(refused({1, 22}, {0, 2}));
  EXPECT_TRUE(refused({1, -1}, {0, 2}));
  EXPECT_TRUE(refused({1, 2}, {0, 3}));
  EXPECT_TRUE(refused({1, 2}, {0, 1, 2}));
  EXPECT_TRUE(refused({1, 2}, {}));
  EXPECT_FALSE(refused(std::vector<int32_t>(TinyBertFolder::kPositions, 5), {0, TinyBertFolder::kPositions}));
  EXPECT_TRUE(refused(std::vector<int32_t>(TinyBertFolder::kPositions + 1, 5), {0, TinyBertFolder::kPositions + 1}));
}

Error refused_folder(TinyBertFolder& folder) {
  const auto model = EncoderModel::create(folder.path());
  EXPECT_FALSE(model.has_value());
  return model ? Error{} : model.error();
}

TEST(EncoderModel, ErrorsNameFileAndField) {
  {
    TinyBertFolder folder({.leave_out = "encoder.layer.1.output.dense.bias"});
    EXPECT_EQ(refused_folder(folder).where, folder.path() + "/model.safetensors: encoder.layer.1.output.dense.bias");
  }
  const auto with = [](const std::string& field, Json value) {
    TinyBertFolder folder;
    folder.change_config(field, std::move(value));
    Error error = refused_folder(folder);
    error.where = error.where.substr(std::min(folder.path().size(), error.where.size()));
    return error;
  };
  const Error other = with("model_type", "longformer");
  EXPECT_EQ(other.code, Code::kUnimplemented);
  EXPECT_EQ(other.where, "/config.json: model_type");
  EXPECT_NE(other.hint.find("bert, distilbert, electra, modernbert, mpnet"), std::string::npos);
  EXPECT_NE(with("model_type", "bret").hint.find("did you mean 'bert'"), std::string::npos);
  EXPECT_EQ(with("hidden_size", nullptr).where, "/config.json: hidden_size");
  EXPECT_EQ(with("hidden_size", 1 << 20).where, "/config.json: hidden_size");
  EXPECT_EQ(with("num_attention_heads", 5).where, "/config.json: num_attention_heads");
  EXPECT_EQ(with("hidden_act", "quick_gelu").code, Code::kUnimplemented);
  EXPECT_EQ(with("position_embedding_type", "relative_key").where, "/config.json: position_embedding_type");
  EXPECT_EQ(with("architectures", JsonArray{"BertForQuestionAnswering"}).code, Code::kUnimplemented);
  EXPECT_EQ(with("vocab_size", 23).where, "/model.safetensors: embeddings.word_embeddings.weight");
  EXPECT_EQ(with("num_hidden_layers", 3).code, Code::kNotFound);
}

TEST(EncoderModel, DamagedWeightsAreNamed) {
  const std::string name = "encoder.layer.1.intermediate.dense.weight";
  TinyBertFolder poisoned({.poisoned = name});
  EXPECT_EQ(refused_folder(poisoned).where, poisoned.path() + "/model.safetensors: " + name);
  EXPECT_EQ(refused_folder(poisoned).message, "holds NaN or infinity");
  TinyBertFolder words({.poisoned = "embeddings.word_embeddings.weight"});
  EXPECT_EQ(refused_folder(words).where, words.path() + "/model.safetensors: embeddings.word_embeddings.weight");

  TinyBertFolder cut;
  const std::string path = cut.path() + "/model.safetensors";
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 4);
  EXPECT_EQ(refused_folder(cut).code, Code::kInvalidArgument);
  EXPECT_EQ(refused_folder(cut).where.substr(0, path.size()), path);

  TinyBertFolder shards({.shards = 2});
  std::filesystem::copy(shards.path() + "/model-1.safetensors", shards.path() + "/model-2.safetensors",
                        std::filesystem::copy_options::overwrite_existing);
  EXPECT_NE(refused_folder(shards).message.find("is in " + shards.path() + "/model-1.safetensors too"),
            std::string::npos);
  std::filesystem::remove(shards.path() + "/model-2.safetensors");
  EXPECT_EQ(refused_folder(shards).where, shards.path() + "/model-2.safetensors");
  shards.write("model.safetensors.index.json", R"({"weight_map":{"a":"../model-1.safetensors"}})");
  EXPECT_EQ(refused_folder(shards).where, shards.path() + "/model.safetensors.index.json: a");
}

TEST(EncoderModel, TokenTypesAreAddedAndChecked) {
  const TinyBertFolder folder;
  const auto model = EncoderModel::create(folder.path());
  tensor::Arena arena;
  const std::vector<int32_t> offsets{0, static_cast<int32_t>(kText.size())};
  const auto with = [&](const std::vector<int32_t>& types) {
    std::vector<float> out(static_cast<size_t>((*model)->width()));
    const auto ran = (*model)->run({kText, offsets, types}, {out.data(), 1, (*model)->width()}, arena);
    if (!ran) out.clear();
    return out;
  };
  const auto none = with({});
  EXPECT_EQ(with({0, 0, 0, 0, 0, 0}), none);
  EXPECT_NE(with({0, 0, 0, 1, 1, 1}), none);
  EXPECT_TRUE(with({0, 0, 0, 0, 0, 2}).empty());
  EXPECT_TRUE(with({0, 0, 0, 0, 0, -1}).empty());
  EXPECT_TRUE(with({0, 0, 0}).empty());
}

TEST(EncoderModel, ATokenClassifierAnswersForEachToken) {
  const JsonObject tokens{{"architectures", JsonArray{"BertForTokenClassification"}}};
  const TinyBertFolder folder({.labels = 3, .config = tokens});
  const auto model = EncoderModel::create(folder.path());
  ASSERT_TRUE(model.has_value()) << model.error().text();
  EXPECT_TRUE((*model)->per_token());
  const auto rows = [&](const std::vector<int32_t>& ids, const std::vector<int32_t>& offsets) {
    std::vector<float> out(ids.size() * 3);
    tensor::Arena arena;
    const auto ran = (*model)->run({ids, offsets}, {out.data(), static_cast<int64_t>(ids.size()), 3}, arena);
    EXPECT_TRUE(ran.has_value()) << ran.error().text();
    return out;
  };
  const auto alone = rows(kText, {0, 6});
  const auto both = rows({2, 5, 3, 2, 9, 10, 7, 8, 3}, {0, 3, 9});
  EXPECT_TRUE(std::equal(alone.begin(), alone.end(), both.begin() + 9));
  // The mean of the classifier's answers is its answer to the mean, with the same bits of weight.
  TinyBertFolder encoder({.labels = 0});
  const auto mean = only(encoder, kText);
  const auto file = weights::SafeTensors::open(folder.path() + "/model.safetensors");
  const auto want =
      kernels::scalar::linear({mean.data(), 1, static_cast<int64_t>(mean.size())},
                              file->load("classifier.weight")->matrix(), file->load("classifier.bias")->values());
  for (size_t label = 0; label < 3; ++label) {
    float sum = 0;
    for (size_t t = 0; t < kText.size(); ++t) sum += alone[t * 3 + label];
    EXPECT_NEAR(sum / static_cast<float>(kText.size()), want[label], 1e-5);
  }
}

TEST(EncoderModel, DenseModulesFollowThePooling) {
  TinyBertFolder folder;
  const auto mean = only(folder, kText);
  folder.write("modules.json", R"([{"type":"x.Transformer","path":""},{"type":"x.Pooling","path":"p"},
    {"type":"x.Dense","path":"d"},{"type":"x.Normalize","path":"n"}])");
  folder.write("p/config.json", R"({"pooling_mode":"mean"})");
  folder.write("d/config.json", R"({"in_features":24,"out_features":2,"bias":true,
    "activation_function":"torch.nn.modules.activation.Tanh"})");
  std::vector<float> weight(48, 0.0f);
  weight[0] = weight[25] = 1.0f;  // the first two values
  const std::vector<float> bias{0.5f, -0.25f};
  const weights::NamedValues tensors[] = {{"linear.weight", {2, 24}, weight}, {"linear.bias", {2}, bias}};
  RealFiles files;
  ASSERT_TRUE(weights::write_safetensors(files, folder.path() + "/d/model.safetensors", tensors).has_value());
  const auto got = only(folder, kText);
  const float x = std::tanh(mean[0] + 0.5f), y = std::tanh(mean[1] - 0.25f), length = std::sqrt(x * x + y * y);
  ASSERT_EQ(got.size(), 2u);
  EXPECT_NEAR(got[0], x / length, 1e-6);
  EXPECT_NEAR(got[1], y / length, 1e-6);
  folder.write("d/config.json", R"({"in_features":25,"out_features":2})");
  EXPECT_EQ(refused_folder(folder).where, folder.path() + "/d/config.json: in_features");
}

TEST(EncoderModel, ACrossEncodersModulesLeaveTheHead) {
  TinyBertFolder folder({.labels = 1});
  const auto logit = only(folder, kText);
  folder.write("modules.json",
               R"([{"idx":0,"type":"sentence_transformers.base.modules.transformer.Transformer","path":""}])");
  EXPECT_EQ(only(folder, kText), logit);
  EXPECT_EQ(logit.size(), 1u);
}

TEST(EncoderModel, AFolderWithoutWeightsSaysWhatToDo) {
  TinyBertFolder folder;
  std::filesystem::rename(folder.path() + "/model.safetensors", folder.path() + "/pytorch_model.bin");
  const Error error = refused_folder(folder);
  EXPECT_EQ(error.code, Code::kNotFound);
  EXPECT_NE(error.hint.find("safe_serialization"), std::string::npos);
  EXPECT_EQ(EncoderModel::create("/nonexistent").error().code, Code::kNotFound);
}

// Rows of every token, and the model's own output beside them.
std::pair<std::vector<float>, Answer> rows_of(const EncoderModel& model,
                                              const std::vector<std::vector<int32_t>>& sequences) {
  std::vector<int32_t> ids, offsets{0};
  for (const auto& sequence : sequences) {
    ids.insert(ids.end(), sequence.begin(), sequence.end());
    offsets.push_back(static_cast<int32_t>(ids.size()));
  }
  Answer got;
  const RaggedBatch batch{ids, offsets};
  got.out.resize(static_cast<size_t>(model.output_rows(batch) * model.width()));
  got.focus.resize(ids.size());
  std::vector<float> rows(ids.size() * TinyBertFolder::kHidden);
  tensor::Arena arena;
  ModelRun how;
  how.focus = got.focus;
  how.token_rows = {rows.data(), static_cast<int64_t>(ids.size()), TinyBertFolder::kHidden};
  const auto ran = model.run(batch, {got.out.data(), model.output_rows(batch), model.width()}, arena, how);
  EXPECT_TRUE(ran.has_value()) << ran.error().text();
  return {rows, got};
}

// Whatever the pooling reads: the answer keeps its bits, and it is made of these rows.
TEST(EncoderModel, TheRowsOfAllTokensAreTheLastLayers) {
  const std::vector<std::vector<int32_t>> sequences{kText, {2, 5, 3}, {}, {2, 11, 12, 13, 14, 15, 16, 17, 3}};
  for (const bool first : {false, true}) {
    for (const kernels::Precision precision : {kernels::Precision::kFp32, kernels::Precision::kInt8}) {
      const TinyBertFolder folder;
      if (first) {
        folder.write("modules.json", R"([{"type":"x.Transformer","path":""},{"type":"x.Pooling","path":"p"}])");
        folder.write("p/config.json", R"({"pooling_mode":"cls"})");
      }
      LoadOptions load;
      load.precision = precision;
      const auto model = EncoderModel::create(folder.path(), load).value();
      tensor::Arena arena;
      const auto pooled = answer(*model, sequences, arena);
      const auto [rows, beside] = rows_of(*model, sequences);
      EXPECT_EQ(beside.out, pooled.out);
      EXPECT_EQ(beside.focus, pooled.focus);
      size_t at = 0;
      for (size_t i = 0; i < sequences.size(); ++i) {
        const size_t tokens = sequences[i].size(), width = TinyBertFolder::kHidden;
        EXPECT_EQ(rows_of(*model, {sequences[i]}).first,
                  std::vector<float>(rows.begin() + at, rows.begin() + at + tokens * width));
        for (size_t k = 0; k < width && tokens > 0; ++k) {
          double sum = 0;
          for (size_t t = 0; t < tokens; ++t) sum += rows[at + t * width + k];
          const double want = first ? rows[at + k] : sum / static_cast<double>(tokens);
          EXPECT_NEAR(pooled.out[i * width + k], want, 1e-6);
        }
        at += tokens * width;
      }
    }
  }
}

TEST(EncoderModel, AHeadIsNoPartOfTheRows) {
  const TinyBertFolder bare, classifier({.labels = 3});
  EXPECT_EQ(rows_of(*EncoderModel::create(classifier.path()).value(), {kText}).first,
            rows_of(*EncoderModel::create(bare.path()).value(), {kText}).first);
}

TEST(EncoderModel, RowsNeedAPlaceForEachToken) {
  const TinyBertFolder folder;
  const auto model = EncoderModel::create(folder.path()).value();
  tensor::Arena arena;
  std::vector<float> out(TinyBertFolder::kHidden), rows(10 * TinyBertFolder::kHidden);
  const std::vector<int32_t> offsets{0, static_cast<int32_t>(kText.size())};
  for (const auto& [count, width] : {std::pair<int64_t, int64_t>{5, 24}, {7, 24}, {6, 23}, {6, 25}}) {
    ModelRun how;
    how.token_rows = {rows.data(), count, width};
    const auto ran = model->run({kText, offsets}, {out.data(), 1, TinyBertFolder::kHidden}, arena, how);
    ASSERT_FALSE(ran.has_value());
    EXPECT_EQ(ran.error().text(), "token_rows: must be [6, 24]");
  }
}

TEST(EncoderModel, StopsWhenItIsTold) {
  const TinyBertFolder folder;
  const auto model = EncoderModel::create(folder.path());
  tensor::Arena arena;
  std::vector<float> out(static_cast<size_t>((*model)->width()));
  const std::vector<int32_t> offsets{0, static_cast<int32_t>(kText.size())};
  ModelRun how;
  how.before_layer = []() -> Result<void> { return fail(Code::kCancelled, "the client is gone"); };
  const auto ran = (*model)->run({kText, offsets}, {out.data(), 1, (*model)->width()}, arena, how);
  ASSERT_FALSE(ran.has_value());
  EXPECT_EQ(ran.error().code, Code::kCancelled);
}

}  // namespace
}  // namespace fovea::models
