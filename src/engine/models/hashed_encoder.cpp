#include "engine/models/hashed_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/files.h"
#include "engine/kernels/isa.h"
#include "engine/layers/pooling.h"
#include "engine/models/limits.h"
#include "engine/weights/config_file.h"
#include "engine/weights/safetensors.h"

namespace fovea::models {
namespace {

Result<tokenize::HashedKeys> read_keys(const std::string& path, size_t count) {
  FOVEA_TRY(const std::string bytes, read_file(path));
  if (bytes.size() != count * sizeof(uint32_t)) {
    return fail(Code::kDataLoss, fmt::format("{} keys of 4 bytes are expected, {} bytes found", count, bytes.size()),
                path, "train the model again");
  }
  std::vector<uint32_t> keys(count);
  std::memcpy(keys.data(), bytes.data(), bytes.size());
  if (std::ranges::adjacent_find(keys, std::greater_equal<>()) != keys.end()) {
    return fail(Code::kDataLoss, "the keys do not rise", path, "train the model again");
  }
  return tokenize::HashedKeys(std::move(keys));
}

// The file's tensors under a prefix.
class PrefixedTensors final : public layers::WeightSource {
 public:
  PrefixedTensors(const weights::SafeTensors& file, std::string_view prefix) : file_(file), prefix_(prefix) {}
  Result<tensor::Tensor> tensor(const std::string& name, const std::vector<int64_t>& shape) const override {
    return file_.load(prefix_ + name, shape);
  }

 private:
  const weights::SafeTensors& file_;
  std::string prefix_;
};

}  // namespace

Result<std::unique_ptr<HashedEncoder>> HashedEncoder::create(const std::string& folder, kernels::Precision precision) {
  FOVEA_TRY(const auto config, weights::ConfigFile::open(folder + "/config.json"));
  FOVEA_TRY(const std::string type, config.text("model_type"));
  if (type != "fovea-hashed") {
    return fail(Code::kUnimplemented, "model_type '" + type + "'", config.where("model_type"), "fovea-hashed");
  }
  layers::EncoderShape shape;
  FOVEA_TRY(shape.layers, config.integer("num_hidden_layers", 1, 64));
  FOVEA_TRY(shape.hidden, config.integer("hidden_size", 1, 4096));
  FOVEA_TRY(shape.heads, config.integer("num_attention_heads", 1, 256));
  FOVEA_TRY(shape.intermediate, config.integer("intermediate_size", 1, 16384));
  FOVEA_TRY(const double eps, config.number_or("layer_norm_eps", 1e-12, 0, 1));
  FOVEA_TRY(const int64_t positions, config.integer("max_position_embeddings", 1, 4096));
  FOVEA_TRY(const int64_t features, config.integer("hashed_features", 1, kVocabularyMax));
  FOVEA_TRY(const int64_t piece_min, config.integer("piece_min", 1, 16));
  FOVEA_TRY(const int64_t piece_max, config.integer("piece_max", piece_min, 16));
  FOVEA_TRY(const int64_t labels, config.integer("num_labels", 1, kLabelsMax));
  shape.layer_norm_eps = static_cast<float>(eps);
  std::unique_ptr<HashedEncoder> model(new HashedEncoder());
  model->tokens_ = {static_cast<uint32_t>(positions), static_cast<uint32_t>(piece_min),
                    static_cast<uint32_t>(piece_max)};
  FOVEA_TRY(model->keys_, read_keys(folder + "/features.bin", static_cast<size_t>(features)));
  FOVEA_TRY(model->isa_, kernels::isa_from_environment());
  FOVEA_TRY(const auto file, weights::SafeTensors::open(folder + "/model.safetensors"));
  FOVEA_TRY(model->features_, file.load("embeddings.feature_embeddings.weight", {features, shape.hidden}));
  FOVEA_TRY(model->positions_, file.load("embeddings.position_embeddings.weight", {positions, shape.hidden}));
  FOVEA_TRY(model->types_, file.load("embeddings.token_type_embeddings.weight", {2, shape.hidden}));
  FOVEA_TRY(model->norm_, layers::LayerNorm::create(PrefixedTensors(file, "embeddings."), "LayerNorm", shape.hidden,
                                                    shape.layer_norm_eps, true));
  FOVEA_TRY(model->stack_, layers::EncoderStack::create(shape, PrefixedTensors(file, "encoder."), precision));
  FOVEA_TRY(const tensor::Tensor weight, file.load("classifier.weight", {labels, 2 * shape.hidden}));
  FOVEA_TRY(const tensor::Tensor bias, file.load("classifier.bias", {labels}));
  model->classifier_ = kernels::PackedLinear(weight.matrix(), bias.values());
  return model;
}

void HashedEncoder::embed(const tokenize::HashedTokens& text, tensor::Matrix rows) const {
  const float* type = types_.values().data();
  for (int64_t t = 0; t < rows.rows; ++t) {
    float* row = rows.row(t).data();
    uint32_t first = text.begins[t], last = text.begins[t + 1];
    std::fill_n(row, rows.cols, 0.0f);
    int known = 0;
    for (uint32_t i = first; i < last; ++i) {
      uint32_t at = keys_.find(text.features[i]);
      if (at == tokenize::HashedKeys::kNone) continue;
      ++known;
      const float* feature = features_.values().data() + int64_t{at} * rows.cols;
      for (int64_t c = 0; c < rows.cols; ++c) row[c] += feature[c];
    }
    float scale = known == 0 ? 0.0f : 1.0f / std::sqrt(static_cast<float>(known));
    const float* position = positions_.values().data() + t * rows.cols;
    for (int64_t c = 0; c < rows.cols; ++c) row[c] = scale * row[c] + position[c] + type[c];
  }
}

Result<void> HashedEncoder::run(std::span<const tokenize::HashedTokens> texts, tensor::Matrix out, tensor::Arena& arena,
                                const ModelRun& how) const {
  const tensor::Arena::Scope scope(arena);
  const int64_t hidden = stack_->shape().hidden, count = static_cast<int64_t>(texts.size());
  auto offsets = arena.take<int32_t>(texts.size() + 1);
  offsets[0] = 0;
  for (size_t s = 0; s < texts.size(); ++s) offsets[s + 1] = offsets[s] + static_cast<int32_t>(texts[s].tokens());
  const tensor::Matrix rows = arena.matrix(offsets.back(), hidden);
  for (size_t s = 0; s < texts.size(); ++s) embed(texts[s], rows.row_range(offsets[s], offsets[s + 1] - offsets[s]));
  norm_.run(*isa_, rows);
  layers::StackRun stack_run;
  stack_run.before_layer = how.before_layer;
  stack_run.focus = how.focus;
  stack_run.focus_rows = layers::FocusRows::kMean;
  FOVEA_OK(stack_->run(rows, offsets, arena, stack_run));
  const tensor::Matrix pooled = arena.matrix(count, 2 * hidden);
  layers::pool(rows, offsets, layers::Pooling::kMean, pooled.col_range(0, hidden));
  layers::pool(rows, offsets, layers::Pooling::kMax, pooled.col_range(hidden, hidden));
  classifier_.run(*isa_, pooled, out, arena);
  return {};
}

}  // namespace fovea::models
