#include "base/digest.h"
#include "engine/tokenize/limits.h"
#include "engine/tokenize/tokenizer_json.h"

namespace fovea::tokenize {
namespace {

constexpr const char* kSupported =
    "BertNormalizer, NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Strip, Nmt, Replace, Prepend, Precompiled, "
    "ByteLevel, Sequence";

Result<NormalizerStep> read_replace(const JsonField& field) {
  ReplaceStep step;
  FOVEA_TRY(step.pattern, read_pattern(field.at("pattern")));
  FOVEA_TRY(step.fresh, field.at("content").text());
  return step;
}

Result<NormalizerStep> read_bert(const JsonField& field, const Json& config) {
  BertStep step;
  FOVEA_TRY(step.clean_text, field.at("clean_text").flag_or(true));
  FOVEA_TRY(step.handle_chinese_chars, field.at("handle_chinese_chars").flag_or(true));
  FOVEA_TRY(step.lowercase, field.at("lowercase").flag_or(true));
  std::optional<bool> strip;
  if (const JsonField given = field.at("strip_accents"); !given.absent()) {
    FOVEA_TRY(strip, given.flag_or(true));
  }
  apply_bert_config(config, step, strip);
  return step;
}

Result<NormalizerStep> read_charsmap(const JsonField& field) {
  const JsonField map = field.at("precompiled_charsmap");
  FOVEA_TRY(const std::string text, map.text());
  const auto bytes = from_base64(text);
  if (!bytes) return map.malformed("is not base64");
  auto made = Charsmap::create(*bytes);
  if (!made) return map.malformed(made.error().message);
  return CharsmapStep{std::make_shared<const Charsmap>(std::move(*made))};
}

Result<NormalizerStep> read_step(const JsonField& field, const Json& config) {
  const std::string_view type = field.type();
  if (type == "BertNormalizer") return read_bert(field, config);
  if (type == "NFC") return FormStep{UnicodeForm::kNfc};
  if (type == "NFD") return FormStep{UnicodeForm::kNfd};
  if (type == "NFKC") return FormStep{UnicodeForm::kNfkc};
  if (type == "NFKD") return FormStep{UnicodeForm::kNfkd};
  if (type == "Lowercase") return LowercaseStep();
  if (type == "StripAccents") return StripAccentsStep();
  if (type == "Nmt") return NmtStep();
  if (type == "ByteLevel") return ByteLettersStep();
  if (type == "Replace") return read_replace(field);
  if (type == "Precompiled") return read_charsmap(field);
  if (type == "Strip") {
    StripStep step;
    FOVEA_TRY(step.left, field.at("strip_left").flag_or(true));
    FOVEA_TRY(step.right, field.at("strip_right").flag_or(true));
    return step;
  }
  if (type == "Prepend") {
    FOVEA_TRY(std::string text, field.at("prepend").text());
    return PrependStep{std::move(text)};
  }
  return field.unsupported(type, kSupported);
}

Result<void> add_steps(const JsonField& field, const Json& config, std::vector<NormalizerStep>& steps) {
  if (field.type() == "Sequence") {
    const JsonField list = field.at("normalizers");
    FOVEA_TRY(const size_t count, list.list_size(kStepsMax));
    for (size_t i = 0; i < count; ++i) FOVEA_OK(add_steps(list.at(i), config, steps));
    return {};
  }
  if (steps.size() == kStepsMax) return field.malformed(fmt::format("has more than {} steps", kStepsMax));
  FOVEA_TRY(NormalizerStep step, read_step(field, config));
  steps.push_back(std::move(step));
  return {};
}

}  // namespace

void apply_bert_config(const Json& config, BertStep& step, std::optional<bool> strip_accents) {
  const auto flag = [&](std::string_view name) -> std::optional<bool> {
    const Json& value = member(config, name);
    return value.is_bool() ? std::optional(value.get_bool()) : std::nullopt;
  };
  step.lowercase = flag("do_lower_case").value_or(step.lowercase);
  step.handle_chinese_chars = flag("tokenize_chinese_chars").value_or(step.handle_chinese_chars);
  if (const auto given = flag("strip_accents")) strip_accents = given;
  step.strip_accents = strip_accents.value_or(step.lowercase);
}

Result<std::vector<NormalizerStep>> read_normalizer(const JsonField& field, const Json& config) {
  std::vector<NormalizerStep> steps;
  if (!field.absent()) FOVEA_OK(add_steps(field, config, steps));
  return steps;
}

}  // namespace fovea::tokenize
