#include "random_encoder.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "base/check.h"
#include "base/json.h"
#include "base/random.h"
#include "engine/weights/safetensors_writer.h"

namespace fovea {
namespace {

constexpr int64_t kHidden = 64, kWide = 160, kLayers = 2, kHeads = 4;

class Weights {
 public:
  void add(const std::string& name, std::vector<int64_t> shape, float middle = 0) {
    size_t count = 1;
    for (const int64_t extent : shape) count *= static_cast<size_t>(extent);
    std::vector<float> values(count);
    for (float& value : values) value = middle + static_cast<float>(random_.uniform() - 0.5) * 0.2f;
    names_.push_back(name);
    shapes_.push_back(std::move(shape));
    values_.push_back(std::move(values));
  }
  void add_linear(const std::string& name, int64_t out, int64_t in) {
    add(name + ".weight", {out, in});
    add(name + ".bias", {out});
  }
  void add_norm(const std::string& name) {
    add(name + ".weight", {kHidden}, 1);
    add(name + ".bias", {kHidden});
  }
  void write(const std::string& path) const {
    std::vector<weights::NamedValues> tensors;
    for (size_t i = 0; i < names_.size(); ++i) tensors.push_back({names_[i], shapes_[i], values_[i]});
    RealFiles files;
    FOVEA_CHECK(weights::write_safetensors(files, path, tensors).has_value());
  }

 private:
  Random random_{21};
  std::vector<std::string> names_;
  std::vector<std::vector<int64_t>> shapes_;
  std::vector<std::vector<float>> values_;
};

}  // namespace

RandomEncoder::RandomEncoder()
    : path_(std::filesystem::temp_directory_path() / ("fovea_random_encoder_" + std::to_string(::getpid()))) {
  std::filesystem::create_directories(path_);
  const JsonObject config{{"model_type", "bert"},         {"hidden_size", kHidden},
                          {"num_hidden_layers", kLayers}, {"num_attention_heads", kHeads},
                          {"intermediate_size", kWide},   {"vocab_size", kVocabulary},
                          {"type_vocab_size", 2},         {"max_position_embeddings", kTokensMax},
                          {"hidden_act", "gelu"},         {"layer_norm_eps", 1e-12}};
  std::ofstream(path_ + "/config.json") << to_text(config);
  Weights made;
  made.add("embeddings.word_embeddings.weight", {kVocabulary, kHidden});
  made.add("embeddings.position_embeddings.weight", {kTokensMax, kHidden});
  made.add("embeddings.token_type_embeddings.weight", {2, kHidden});
  made.add_norm("embeddings.LayerNorm");
  for (int64_t l = 0; l < kLayers; ++l) {
    const std::string layer = "encoder.layer." + std::to_string(l) + ".";
    for (const char* part : {"query", "key", "value"})
      made.add_linear(layer + "attention.self." + part, kHidden, kHidden);
    made.add_linear(layer + "attention.output.dense", kHidden, kHidden);
    made.add_norm(layer + "attention.output.LayerNorm");
    made.add_linear(layer + "intermediate.dense", kWide, kHidden);
    made.add_linear(layer + "output.dense", kHidden, kWide);
    made.add_norm(layer + "output.LayerNorm");
  }
  made.write(path_ + "/model.safetensors");
}

RandomEncoder::~RandomEncoder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace fovea
