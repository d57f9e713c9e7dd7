#include "engine/train/attention_train.h"

#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "engine/models/encoder_config.h"
#include "engine/tokenize/hashed_keys.h"
#include "engine/tokenize/hashed_tokens.h"
#include "engine/tokenize/tokenizer_folder.h"
#include "engine/train/limits.h"
#include "engine/weights/config_file.h"

namespace fovea::train {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kTokensMax = 128;       // of a message, for training and answering; most are far shorter
constexpr size_t kRowsLearnt = 150'000;   // in all epochs from scratch, which are at least 3 and at most 16
constexpr size_t kFeaturesMax = 1 << 17;  // rows of the feature table: 64 MiB

struct Prepared {
  JsonObject settings;  // of the trainer's job
  TorchRows rows;
  Json config;  // config.json of the finished folder
  std::string kind;
  std::vector<std::string> copied;  // files of the base that go along
  std::string features;             // features.bin; empty: there is none
};

JsonObject labels_json(const std::vector<std::string>& names) {
  JsonObject id2label;
  for (size_t i = 0; i < names.size(); ++i) id2label[std::to_string(i)] = names[i];
  return id2label;
}

// The features that occur in several of the texts that are learnt from: one that occurs once tells nothing of the next
// text, but the model would learn its text by heart through it.
tokenize::HashedKeys known_features(std::span<const std::string_view> texts, const std::vector<bool>& held_out,
                                    const tokenize::HashedTokenShape& shape) {
  tokenize::KeyCounter counter;
  tokenize::HashedTokens tokens;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (held_out[i]) continue;
    tokenize::hash_tokens(texts[i], shape, tokens);
    counter.add_text(tokens.features);
  }
  std::vector<uint32_t> keys;
  for (uint32_t texts_min : {texts.size() < kSmallTable ? 2u : 3u, 1u}) {
    for (const tokenize::KeyCount& each : counter.choose(texts_min, kFeaturesMax)) keys.push_back(each.key);
    if (!keys.empty()) break;  // else no two texts share anything
  }
  if (keys.empty()) keys.push_back(0);  // texts without a word
  return tokenize::HashedKeys(std::move(keys));
}

Prepared prepare_hashed(std::span<const std::string_view> texts, std::span<const uint32_t> labels,
                        const std::vector<bool>& held_out, const std::vector<std::string>& names) {
  Prepared p;
  p.kind = "fovea-hashed";
  tokenize::HashedTokenShape shape;
  shape.tokens_max = kTokensMax;
  tokenize::HashedKeys known = known_features(texts, held_out, shape);
  p.features.assign(reinterpret_cast<const char*>(known.keys().data()), known.size() * sizeof(uint32_t));
  bool small = texts.size() < kSmallTable;
  p.settings = {{"pool", "mean_max"},
                {"features", known.size()},
                {"positions", shape.tokens_max},
                {"layers", 2},
                {"hidden", 128},
                {"heads", 4},
                {"intermediate", 512},
                {"epochs", std::clamp<size_t>(kRowsLearnt / std::max<size_t>(texts.size(), 1), 3, 16)},
                {"patience", small ? 5 : 3},
                {"rate", 1e-3},
                {"head_factor", 1},
                {"table_factor", small ? 5 : 2},
                {"label_smoothing", 0.1},
                {"dropout", small ? 0.2 : 0.1},
                {"attention_dropout", 0.1},
                {"feature_dropout", small ? 0.3 : 0.5}};
  p.config = JsonObject{{"model_type", "fovea-hashed"},
                        {"architectures", JsonArray{"FoveaHashedForSequenceClassification"}},
                        {"hidden_size", 128},
                        {"num_hidden_layers", 2},
                        {"num_attention_heads", 4},
                        {"intermediate_size", 512},
                        {"hidden_act", "gelu"},
                        {"layer_norm_eps", 1e-12},
                        {"max_position_embeddings", shape.tokens_max},
                        {"hashed_features", known.size()},
                        {"piece_min", shape.piece_min},
                        {"piece_max", shape.piece_max},
                        {"num_labels", names.size()},
                        {"id2label", labels_json(names)}};
  tokenize::HashedTokens tokens;
  std::vector<uint32_t> rows;  // of one token's features
  for (size_t i = 0; i < texts.size(); ++i) {
    tokenize::hash_tokens(texts[i], shape, tokens);
    p.rows.begin_row(labels[i], held_out[i]);
    for (size_t t = 0; t < tokens.tokens(); ++t) {
      rows.clear();
      for (uint32_t f = tokens.begins[t]; f < tokens.begins[t + 1]; ++f) {
        uint32_t row = known.find(tokens.features[f]);
        if (row != tokenize::HashedKeys::kNone) rows.push_back(row);
      }
      p.rows.add_token(rows.data(), static_cast<uint32_t>(rows.size()));
    }
  }
  return p;
}

Result<Prepared> prepare_bert(std::span<const std::string_view> texts, std::span<const uint32_t> labels,
                              const std::vector<bool>& held_out, const std::vector<std::string>& names,
                              const std::string& base) {
  Prepared p;
  p.kind = "bert";
  FOVEA_TRY(const auto file, weights::ConfigFile::open(base + "/config.json"));
  FOVEA_TRY(const auto config, models::read_encoder_config(file));
  if (config.model_type != "bert")
    return fail(Code::kUnimplemented, "'" + config.model_type + "' is not trained", file.where("model_type"),
                "bert (MiniLM too) is; a fine-tuned model of another kind can be served");
  FOVEA_TRY(const auto tokenizer, tokenize::read_tokenizer(base));
  int64_t tokens_max = std::min(kTokensMax, config.embedding.positions);
  p.settings = {{"base", base + "/model.safetensors"},
                {"pool", "mean"},
                {"features", config.embedding.vocab},
                {"positions", config.embedding.positions},
                {"layers", config.encoder.layers},
                {"hidden", config.encoder.hidden},
                {"heads", config.encoder.heads},
                {"intermediate", config.encoder.intermediate},
                {"layer_norm_eps", config.encoder.layer_norm_eps},
                {"epochs", 8},
                {"patience", 3},
                {"rate", 1e-4},
                {"head_factor", 10},
                {"label_smoothing", 0.1},
                {"dropout", 0.1},
                {"attention_dropout", 0.1}};
  JsonObject out = file.root().get_object();
  for (const char* gone : {"_name_or_path", "label2id", "num_labels"}) out.erase(gone);
  out["architectures"] = JsonArray{"BertForSequenceClassification"};
  out["id2label"] = labels_json(names);
  JsonObject label2id;
  for (size_t i = 0; i < names.size(); ++i) label2id[names[i]] = i;
  out["label2id"] = std::move(label2id);
  out["problem_type"] = "single_label_classification";
  out["classifier_pooling"] = "mean";
  out["fovea_tokens_max"] = tokens_max;
  p.config = std::move(out);
  tokenize::Encoding encoding;
  for (size_t i = 0; i < texts.size(); ++i) {
    tokenizer.tokenizer->encode(texts[i], static_cast<size_t>(tokens_max), encoding);
    p.rows.begin_row(labels[i], held_out[i]);
    for (int32_t id : encoding.ids) {
      auto feature = static_cast<uint32_t>(id);
      p.rows.add_token(&feature, 1);
    }
  }
  for (const char* name : {"vocab.txt", "vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json",
                           "special_tokens_map.json"}) {
    std::error_code error;
    if (fs::exists(base + "/" + name, error)) p.copied.emplace_back(name);
  }
  return p;
}

Result<void> lay_out(const Prepared& p, const AttentionTrainOptions& options) {
  RealFiles files;
  std::error_code error;
  fs::create_directories(options.folder, error);
  for (const std::string& name : p.copied) {
    FOVEA_TRY(std::string bytes, read_file(options.base + "/" + name));
    FOVEA_OK(files.write_atomic(options.folder + "/" + name, bytes));
  }
  FOVEA_OK(files.write_atomic(options.folder + "/config.json", to_text(p.config) + "\n"));
  if (!p.features.empty()) FOVEA_OK(files.write_atomic(options.folder + "/features.bin", p.features));
  fs::rename(options.checkpoint + "/model.safetensors", options.folder + "/model.safetensors", error);
  if (error) return fail(Code::kUnavailable, error.message(), options.folder + "/model.safetensors");
  return {};
}

}  // namespace

Result<AttentionTrained> train_attention(std::span<const std::string_view> texts, std::span<const uint32_t> labels,
                                         const std::vector<bool>& held_out, const std::vector<std::string>& label_names,
                                         const AttentionTrainOptions& options, const TorchProgress& progress) {
  Prepared p;
  if (options.base.empty()) {
    p = prepare_hashed(texts, labels, held_out, label_names);
  } else {
    FOVEA_TRY(p, prepare_bert(texts, labels, held_out, label_names, options.base));
  }
  p.settings["labels"] = label_names.size();
  p.settings["seed"] = options.seed;
  p.settings["threads"] = options.threads;
  p.settings["top_up_epochs"] = options.top_up_epochs;
  if (options.epochs) p.settings["epochs"] = *options.epochs;
  if (options.rate) p.settings["rate"] = *options.rate;
  AttentionTrained trained;
  trained.kind = p.kind;
  FOVEA_TRY(trained.result, run_torch_job(options.checkpoint, p.settings, p.rows, progress));
  FOVEA_OK(lay_out(p, options));
  trained.parts = {"config.json", "model.safetensors"};
  if (!p.features.empty()) trained.parts.emplace_back("features.bin");
  trained.parts.insert(trained.parts.end(), p.copied.begin(), p.copied.end());
  return trained;
}

}  // namespace fovea::train
