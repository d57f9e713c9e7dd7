#include "engine/models/architecture.h"

#include <fmt/format.h>

#include "base/suggest.h"
#include "engine/models/limits.h"

namespace fovea::models {
namespace {

constexpr Architecture kArchitectures[] = {
    {"bert", read_bert},  // BERT, MiniLM
    {"distilbert", read_distilbert},
    {"electra", read_electra},
    {"modernbert", read_modernbert},
    {"mpnet", read_mpnet},
    {"roberta", read_roberta},
    {"xlm-roberta", read_roberta},
};

Result<const Architecture*> find_architecture(const weights::ConfigFile& file) {
  FOVEA_TRY(const std::string type, file.text("model_type"));
  std::vector<std::string_view> known;
  for (const Architecture& architecture : kArchitectures) {
    if (architecture.model_type == type) return &architecture;
    known.push_back(architecture.model_type);
  }
  return fail(Code::kUnimplemented, fmt::format("'{}' is not supported", type), file.where("model_type"),
              suggest(type, known));
}

// An encoder alone, one with the heads of its pretraining, and the two kinds of classification are read; what would
// need another head is refused rather than answered with something else.
Result<Output> read_output(const weights::ConfigFile& file) {
  const Json& list = member(file.root(), "architectures");
  if (!list.is_array() || list.get_array().empty()) return Output::kEmbedding;
  const std::string_view name = text_or(list.get_array()[0], "");
  if (name.ends_with("ForSequenceClassification")) return Output::kSequenceLogits;
  if (name.ends_with("ForTokenClassification")) return Output::kTokenLogits;
  for (std::string_view other : {"ForQuestionAnswering", "ForMultipleChoice", "ForCausalLM", "LMHeadModel"})
    if (name.ends_with(other))
      return fail(Code::kUnimplemented, fmt::format("'{}' is not supported", name), file.where("architectures"),
                  "supported: the encoder alone, ...ForSequenceClassification, ...ForTokenClassification");
  return Output::kEmbedding;
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
    return fail(Code::kInvalidArgument, fmt::format("must name 1 to {} labels", kLabelsMax), file.where("id2label"),
                "name a label for each output of the classifier");
  for (size_t i = 0; i < names.get_object().size(); ++i) {
    const Json& name = member(names, std::to_string(i));
    if (!name.is_string())
      return fail(Code::kInvalidArgument,
                  fmt::format("has {} entries but no text for \"{}\"", names.get_object().size(), i),
                  file.where("id2label"), "labels are named \"0\", \"1\" and so on, without a gap");
    labels.emplace_back(name.get_string());
  }
  return labels;
}

// Attention that looks back only would need another mask; such a model would answer, wrongly.
Result<void> refuse_decoders(const weights::ConfigFile& file) {
  for (std::string_view field : {"is_decoder", "add_cross_attention"}) {
    FOVEA_TRY(const bool set, file.boolean_or(field, false));
    if (set) return fail(Code::kUnimplemented, "a decoder is not supported", file.where(field), "encoders are");
  }
  return {};
}

}  // namespace

std::span<const Architecture> architectures() {
  return kArchitectures;
}

Result<EncoderConfig> read_encoder_config(const weights::ConfigFile& file) {
  FOVEA_TRY(const Architecture* architecture, find_architecture(file));
  FOVEA_OK(refuse_decoders(file));
  EncoderConfig config;
  config.model_type = architecture->model_type;
  FOVEA_TRY(config.output, read_output(file));
  if (config.output != Output::kEmbedding) {
    FOVEA_TRY(config.labels, read_labels(file));
  }
  FOVEA_OK(architecture->read(file, config));
  config.encoder.positions = config.tokens_max;
  config.head.hidden = config.encoder.hidden;
  config.head.labels = static_cast<int64_t>(config.labels.size());
  if (auto checked = config.encoder.check(); !checked)
    return fail(checked.error().code, checked.error().message,
                file.where(checked.error().where == "heads" ? "num_attention_heads" : checked.error().where),
                "is it the config.json that the weights were saved with?");
  return config;
}

}  // namespace fovea::models
