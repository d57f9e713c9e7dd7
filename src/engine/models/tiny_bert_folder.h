// For tests: a BERT folder with random weights in a temporary place, small enough to run at once, complete enough to be
// read like a real one. A weight's values depend on its name alone.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/json.h"
#include "base/random.h"
#include "engine/weights/safetensors_writer.h"

namespace fovea::models {

struct TinyBert {
  bool prefixed = false;       // names under "bert."
  bool gamma_beta = false;     // LayerNorm's old names
  int64_t labels = 0;          // > 0: a classification head
  std::string leave_out = {};  // a tensor that is not written
  std::string poisoned = {};   // a tensor whose last value is NaN
  size_t shards = 1;           // more: model-1.safetensors and so on, and an index
  bool zero_types = false;     // token types are zero, as where an architecture has none
  int64_t first_position = 0;  // rows before the first token's position
  // What another architecture calls a tensor ("encoder.layer.0.output.dense.weight"); empty: it has none.
  std::function<std::string(const std::string& name)> rename = {};
  std::vector<std::pair<std::string, std::vector<int64_t>>> zeros = {};  // more tensors, all zero
  JsonObject config = {};                                                // fields in place of BERT's; null: none
};

class TinyBertFolder {
 public:
  static constexpr int64_t kHidden = 24, kIntermediate = 40, kPositions = 32, kLayers = 2;

  explicit TinyBertFolder(const TinyBert& what = {}) : what_(what) {
    static std::atomic<int> made{0};
    path_ = std::filesystem::temp_directory_path() /
            ("fovea_tiny_bert_" + std::to_string(::getpid()) + "_" + std::to_string(made++));
    std::filesystem::create_directories(path_);
    config_ = {{"model_type", "bert"},
               {"hidden_size", kHidden},
               {"num_hidden_layers", kLayers},
               {"num_attention_heads", 3},
               {"intermediate_size", kIntermediate},
               {"vocab_size", pieces().size()},
               {"type_vocab_size", 2},
               {"max_position_embeddings", kPositions},
               {"hidden_act", "gelu"},
               {"layer_norm_eps", 1e-12}};
    if (what.labels > 0) {
      JsonObject names;
      for (int64_t i = 0; i < what.labels; ++i) names[std::to_string(i)] = "label " + std::to_string(i);
      config_["id2label"] = std::move(names);
      config_["architectures"] = JsonArray{"BertForSequenceClassification"};
    }
    for (const auto& field : what.config) {
      config_[field.key()] = field.value();
      if (field.value().is_null()) config_.erase(field.key());
    }
    write("config.json", to_text(config_));
    std::string lines;
    for (std::string_view piece : pieces()) lines.append(piece).append("\n");
    write("vocab.txt", lines);
    write_weights();
  }
  ~TinyBertFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TinyBertFolder(const TinyBertFolder&) = delete;
  TinyBertFolder& operator=(const TinyBertFolder&) = delete;

  const std::string& path() const { return path_; }
  void write(const std::string& name, std::string_view text) const {
    std::filesystem::create_directories(std::filesystem::path(path_ + "/" + name).parent_path());
    std::ofstream(path_ + "/" + name, std::ios::binary) << text;
  }
  void change_config(const std::string& field, Json value) {
    config_[field] = std::move(value);
    write("config.json", to_text(config_));
  }
  static std::vector<std::string_view> pieces() {
    return {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "refund", "is",  "late", "my", "order",
            "where", "##s",   "good",  "bad",   "not",    "a",   "b",      "##c", "安",   "全", "!"};
  }

 private:
  void add(std::string name, std::vector<int64_t> shape) {
    if (what_.gamma_beta && name.ends_with("LayerNorm.weight")) name.replace(name.size() - 6, 6, "gamma");
    if (what_.gamma_beta && name.ends_with("LayerNorm.bias")) name.replace(name.size() - 4, 4, "beta");
    if (name == what_.leave_out) return;
    uint64_t seed = 0;
    const std::string bare = name.substr(name.starts_with("bert.") ? 5 : 0);
    if (what_.rename) name = what_.rename(bare);
    if (name.empty()) return;
    for (char c : std::string_view(bare).substr(0, bare.rfind('.'))) seed = seed * 131 + static_cast<unsigned char>(c);
    Random random(seed + shape.size());
    size_t count = 1;
    for (int64_t extent : shape) count *= static_cast<size_t>(extent);
    std::vector<float>& values = values_[name];
    values.resize(count);
    for (float& value : values) value = static_cast<float>(random.uniform() - 0.5);
    if (bare == "embeddings.token_type_embeddings.weight" && what_.zero_types) std::ranges::fill(values, 0.0f);
    if (bare == "embeddings.position_embeddings.weight") {  // the first token's row has the same values wherever it is
      values.insert(values.begin(), static_cast<size_t>(what_.first_position * kHidden), 0.25f);
      shape[0] += what_.first_position;
    }
    if (name == what_.poisoned) values.back() = NAN;
    names_.push_back(name);
    shapes_.push_back(std::move(shape));
  }
  void add_linear(const std::string& name, int64_t out, int64_t in) {
    add(name + ".weight", {out, in});
    add(name + ".bias", {out});
  }
  void add_norm(const std::string& name) {
    add(name + ".weight", {kHidden});
    add(name + ".bias", {kHidden});
  }
  void write_weights() {
    const std::string bert = what_.prefixed ? "bert." : "";
    add(bert + "embeddings.word_embeddings.weight", {static_cast<int64_t>(pieces().size()), kHidden});
    add(bert + "embeddings.position_embeddings.weight", {kPositions, kHidden});
    add(bert + "embeddings.token_type_embeddings.weight", {2, kHidden});
    add_norm(bert + "embeddings.LayerNorm");
    for (int64_t l = 0; l < kLayers; ++l) {
      const std::string layer = bert + "encoder.layer." + std::to_string(l) + ".";
      for (const char* part : {"query", "key", "value"}) add_linear(layer + "attention.self." + part, kHidden, kHidden);
      add_linear(layer + "attention.output.dense", kHidden, kHidden);
      add_norm(layer + "attention.output.LayerNorm");
      add_linear(layer + "intermediate.dense", kIntermediate, kHidden);
      add_linear(layer + "output.dense", kHidden, kIntermediate);
      add_norm(layer + "output.LayerNorm");
    }
    if (what_.labels > 0) {
      add_linear(bert + "pooler.dense", kHidden, kHidden);
      add_linear("classifier", what_.labels, kHidden);
    }
    for (const auto& [name, shape] : what_.zeros) {
      size_t count = 1;
      for (int64_t extent : shape) count *= static_cast<size_t>(extent);
      values_[name].assign(count, 0.0f);
      names_.push_back(name);
      shapes_.push_back(shape);
    }
    if (what_.shards == 1) return write_file("model.safetensors", 0, names_.size());
    JsonObject map;
    for (size_t shard = 0; shard < what_.shards; ++shard) {
      const std::string name = "model-" + std::to_string(shard + 1) + ".safetensors";
      const size_t begin = names_.size() * shard / what_.shards, end = names_.size() * (shard + 1) / what_.shards;
      write_file(name, begin, end);
      for (size_t i = begin; i < end; ++i) map[names_[i]] = name;
    }
    write("model.safetensors.index.json", to_text(JsonObject{{"weight_map", std::move(map)}}));
  }
  void write_file(const std::string& name, size_t begin, size_t end) {
    std::vector<weights::NamedValues> tensors;
    for (size_t i = begin; i < end; ++i) tensors.push_back({names_[i], shapes_[i], values_[names_[i]]});
    RealFiles files;
    FOVEA_CHECK(weights::write_safetensors(files, path_ + "/" + name, tensors).has_value());
  }

  TinyBert what_;
  std::string path_;
  JsonObject config_;
  std::vector<std::string> names_;
  std::vector<std::vector<int64_t>> shapes_;
  std::map<std::string, std::vector<float>> values_;
};

}  // namespace fovea::models
