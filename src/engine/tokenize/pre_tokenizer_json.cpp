#include "base/utf8.h"
#include "engine/tokenize/byte_pair.h"
#include "engine/tokenize/limits.h"
#include "engine/tokenize/tokenizer_json.h"

namespace fovea::tokenize {
namespace {

constexpr const char* kSupported =
    "BertPreTokenizer, ByteLevel, Metaspace, Whitespace, WhitespaceSplit, Punctuation, Digits, Split, "
    "CharDelimiterSplit, Sequence";

Result<Delimiters> read_delimiters(const JsonField& field) {
  const std::string_view name = text_or(field.value(), field.absent() ? "Isolated" : "");
  if (name == "Removed") return Delimiters::kRemoved;
  if (name == "Isolated") return Delimiters::kIsolated;
  if (name == "MergedWithPrevious") return Delimiters::kMergedWithPrevious;
  if (name == "MergedWithNext") return Delimiters::kMergedWithNext;
  if (name == "Contiguous") return Delimiters::kContiguous;
  return field.malformed("must be Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous");
}

Result<std::string> read_character(const JsonField& field) {
  FOVEA_TRY(std::string text, field.text());
  size_t end = 0;
  if (!text.empty()) next_code_point(text, end);
  if (text.empty() || end != text.size()) return field.malformed("must be one character");
  return text;
}

Result<PreTokenizerStep> read_split(const JsonField& field) {
  PatternSplit step;
  FOVEA_TRY(step.pattern, read_pattern(field.at("pattern")));
  FOVEA_TRY(step.delimiters, read_delimiters(field.at("behavior")));
  FOVEA_TRY(step.invert, field.at("invert").flag_or(false));
  return step;
}

Result<PreTokenizerStep> read_metaspace(const JsonField& field) {
  using Prepend = MetaspaceSplit::Prepend;
  MetaspaceSplit step;
  FOVEA_TRY(step.replacement, read_character(field.at("replacement")));
  const JsonField scheme = field.at("prepend_scheme");
  const std::string_view name = text_or(scheme.value(), scheme.absent() ? "always" : "");
  if (name != "always" && name != "first" && name != "never") return scheme.malformed("must be always, first or never");
  step.prepend = name == "always" ? Prepend::kAlways : name == "first" ? Prepend::kFirst : Prepend::kNever;
  FOVEA_TRY(const bool prefix, field.at("add_prefix_space").flag_or(true));
  if (!prefix && !scheme.absent() && step.prepend != Prepend::kNever)
    return scheme.malformed("add_prefix_space is false, which is 'never'");
  if (!prefix) step.prepend = Prepend::kNever;
  FOVEA_TRY(step.split, field.at("split").flag_or(true));
  return step;
}

Result<PreTokenizerStep> read_step(const JsonField& field) {
  const std::string_view type = field.type();
  if (type == "BertPreTokenizer") return BertSplit();
  if (type == "Whitespace") return WordSplit();
  if (type == "WhitespaceSplit") return TraitSplit{kSpace, Delimiters::kRemoved};
  if (type == "Split") return read_split(field);
  if (type == "Metaspace") return read_metaspace(field);
  if (type == "Punctuation") {
    FOVEA_TRY(const Delimiters delimiters, read_delimiters(field.at("behavior")));
    return TraitSplit{kPunctuation, delimiters};
  }
  if (type == "Digits") {
    FOVEA_TRY(const bool single, field.at("individual_digits").flag_or(false));
    return TraitSplit{kNumeric, single ? Delimiters::kIsolated : Delimiters::kContiguous};
  }
  if (type == "ByteLevel") {
    ByteLevelSplit step;
    FOVEA_TRY(step.add_prefix_space, field.at("add_prefix_space").flag_or(true));
    FOVEA_TRY(step.use_regex, field.at("use_regex").flag_or(true));
    return step;
  }
  if (type == "CharDelimiterSplit" || type == "Delimiter") {
    FOVEA_TRY(const std::string delimiter, read_character(field.at("delimiter")));
    FOVEA_TRY(auto pattern, TextPattern::of_text(delimiter));
    return PatternSplit{std::move(pattern), Delimiters::kRemoved, false};
  }
  return field.unsupported(type, kSupported);
}

Result<void> add_steps(const JsonField& field, std::vector<PreTokenizerStep>& steps) {
  if (field.type() == "Sequence") {
    const JsonField list = field.at("pretokenizers");
    FOVEA_TRY(const size_t count, list.list_size(kStepsMax));
    for (size_t i = 0; i < count; ++i) FOVEA_OK(add_steps(list.at(i), steps));
    return {};
  }
  if (steps.size() == kStepsMax) return field.malformed(fmt::format("has more than {} steps", kStepsMax));
  FOVEA_TRY(PreTokenizerStep step, read_step(field));
  steps.push_back(std::move(step));
  return {};
}

}  // namespace

Result<std::vector<PreTokenizerStep>> read_pre_tokenizer(const JsonField& field) {
  std::vector<PreTokenizerStep> steps;
  if (!field.absent()) FOVEA_OK(add_steps(field, steps));
  return steps;
}

void prefer_bytes(PipelineParts& parts, std::vector<PreTokenizerStep> steps) {
  for (size_t i = 0; i < steps.size(); ++i) {
    auto* step = std::get_if<ByteLevelSplit>(&steps[i]);
    if (step == nullptr) continue;
    auto* model = dynamic_cast<BytePair*>(parts.model.get());
    parts.bytes = i + 1 == steps.size() && model != nullptr && model->read_bytes();
    step->letters = !parts.bytes;
  }
  parts.pre_tokenizer = PreTokenizer(std::move(steps));
}

}  // namespace fovea::tokenize
