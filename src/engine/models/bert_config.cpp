#include "engine/models/bert_config.h"

#include <fmt/format.h>

#include "base/suggest.h"
#include "engine/layers/limits.h"
#include "engine/models/limits.h"

namespace fovea::models {
namespace {

Result<void> check_model_type(const weights::ConfigFile& file) {
  FOVEA_TRY(const std::string type, file.text("model_type"));
  constexpr std::string_view kSupported[] = {"bert"};
  if (type == kSupported[0]) return {};
  return fail(Code::kUnimplemented, fmt::format("'{}' is not supported", type), file.where("model_type"),
              edit_distance(type, kSupported[0]) <= 1 ? suggest(type, kSupported) : "supported: bert (MiniLM too)");
}

// "bert" alone, an encoder with other training heads, and sequence classification are read; what would need another
// head is refused rather than answered with something else.
Result<bool> classifies(const weights::ConfigFile& file) {
  const Json& architectures = member(file.root(), "architectures");
  if (!architectures.is_array() || architectures.get_array().empty()) return false;
  const std::string_view name = text_or(architectures.get_array()[0], "");
  if (name.ends_with("ForSequenceClassification")) return true;
  for (std::string_view other : {"ForTokenClassification", "ForQuestionAnswering", "ForMultipleChoice"})
    if (name.ends_with(other))
      return fail(Code::kUnimplemented, fmt::format("'{}' is not supported", name), file.where("architectures"),
                  "supported: BertModel, BertForSequenceClassification");
  return false;
}

Result<std::vector<std::string>> read_labels(const weights::ConfigFile& file) {
  const Json& names = member(file.root(), "id2label");
  std::vector<std::string> labels;
  if (!names.is_object()) {
    FOVEA_TRY(const int64_t count, file.integer_or("num_labels", 2, 1, kLabelsMax));
    for (int64_t i = 0; i < count; ++i) labels.push_back(fmt::format("LABEL_{}", i));
    return labels;
  }
  if (names.get_object().empty() || names.get_object().size() > static_cast<size_t>(kLabelsMax))
    return fail(Code::kInvalidArgument, fmt::format("must name 1 to {} labels", kLabelsMax), file.where("id2label"));
  for (size_t i = 0; i < names.get_object().size(); ++i) {
    const Json& name = member(names, std::to_string(i));
    if (!name.is_string())
      return fail(Code::kInvalidArgument,
                  fmt::format("has {} entries but no text for \"{}\"", names.get_object().size(), i),
                  file.where("id2label"));
    labels.emplace_back(name.get_string());
  }
  return labels;
}

}  // namespace

Result<BertConfig> read_bert_config(const weights::ConfigFile& file) {
  FOVEA_OK(check_model_type(file));
  BertConfig config;
  FOVEA_TRY(config.encoder.layers, file.integer("num_hidden_layers", 1, layers::kLayersMax));
  FOVEA_TRY(config.encoder.hidden, file.integer("hidden_size", 1, layers::kHiddenMax));
  FOVEA_TRY(config.encoder.heads, file.integer("num_attention_heads", 1, layers::kHeadsMax));
  FOVEA_TRY(config.encoder.intermediate, file.integer("intermediate_size", 1, layers::kIntermediateMax));
  FOVEA_TRY(const double eps, file.number_or("layer_norm_eps", 1e-12, 0.0, 1.0));
  FOVEA_TRY(const std::string activation, file.choice_or("hidden_act", "gelu", {"gelu", "relu"}));
  FOVEA_TRY(const std::string positions, file.choice_or("position_embedding_type", "absolute", {"absolute"}));
  config.encoder.layer_norm_eps = static_cast<float>(eps);
  config.encoder.activation = activation == "gelu" ? layers::Activation::kGelu : layers::Activation::kRelu;
  if (auto checked = config.encoder.check(); !checked)
    return fail(checked.error().code, checked.error().message,
                file.where(checked.error().where == "heads" ? "num_attention_heads" : checked.error().where));
  config.embedding.hidden = config.encoder.hidden;
  config.embedding.layer_norm_eps = config.encoder.layer_norm_eps;
  FOVEA_TRY(config.embedding.vocab, file.integer("vocab_size", 1, kVocabularyMax));
  FOVEA_TRY(config.embedding.positions, file.integer_or("max_position_embeddings", 512, 1, kPositionsMax));
  FOVEA_TRY(config.embedding.token_types, file.integer_or("type_vocab_size", 2, 1, 1024));
  FOVEA_TRY(config.classifies, classifies(file));
  if (config.classifies) {
    FOVEA_TRY(config.labels, read_labels(file));
    FOVEA_TRY(const std::string pooling, file.choice_or("classifier_pooling", "cls", {"cls", "mean"}));
    config.mean_head = pooling == "mean";
  }
  return config;
}

}  // namespace fovea::models
