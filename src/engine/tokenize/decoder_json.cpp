#include "base/utf8.h"
#include "engine/tokenize/limits.h"
#include "engine/tokenize/tokenizer_json.h"

namespace fovea::tokenize {
namespace {

constexpr const char* kSupported =
    "ByteLevel, WordPiece, Metaspace, BPEDecoder, CTC, Replace, Strip, ByteFallback, Fuse, Sequence";

Result<std::string> text_or_usual(const JsonField& field, std::string usual) {
  if (field.absent()) return usual;
  return field.text();
}

Result<DecoderStep> read_strip(const JsonField& field) {
  StripTokens step;
  FOVEA_TRY(step.character, field.at("content").text());
  size_t end = 0;
  if (!step.character.empty()) next_code_point(step.character, end);
  if (step.character.empty() || end != step.character.size())
    return field.at("content").malformed("must be one character");
  FOVEA_TRY(const int32_t begin, field.at("start").whole_number(0, static_cast<int64_t>(kPieceBytesMax)));
  FOVEA_TRY(const int32_t behind, field.at("stop").whole_number(0, static_cast<int64_t>(kPieceBytesMax)));
  step.begin = static_cast<size_t>(begin);
  step.end = static_cast<size_t>(behind);
  return step;
}

Result<DecoderStep> read_metaspace(const JsonField& field) {
  BlanksFromMetaspace step;
  FOVEA_TRY(step.replacement, text_or_usual(field.at("replacement"), step.replacement));
  FOVEA_TRY(const bool prefix, field.at("add_prefix_space").flag_or(true));
  step.prepended = prefix && text_or(field.at("prepend_scheme").value(), "always") != "never";
  return step;
}

Result<DecoderStep> read_step(const JsonField& field) {
  const std::string_view type = field.type();
  if (type == "ByteLevel") return BytesFromLetters();
  if (type == "ByteFallback") return BytesFromNames();
  if (type == "Fuse") return JoinAll();
  if (type == "Metaspace") return read_metaspace(field);
  if (type == "Strip") return read_strip(field);
  if (type == "WordPiece") {
    JoinPieces step;
    FOVEA_TRY(step.prefix, text_or_usual(field.at("prefix"), step.prefix));
    FOVEA_TRY(step.cleanup, field.at("cleanup").flag_or(true));
    return step;
  }
  if (type == "BPEDecoder") {
    BlanksFromSuffix step;
    FOVEA_TRY(step.suffix, text_or_usual(field.at("suffix"), step.suffix));
    return step;
  }
  if (type == "CTC") {
    JoinFrames step;
    FOVEA_TRY(step.pad, text_or_usual(field.at("pad_token"), step.pad));
    FOVEA_TRY(step.delimiter, text_or_usual(field.at("word_delimiter_token"), step.delimiter));
    FOVEA_TRY(step.cleanup, field.at("cleanup").flag_or(true));
    return step;
  }
  if (type == "Replace") {
    ReplaceInTokens step;
    FOVEA_TRY(step.pattern, read_pattern(field.at("pattern")));
    FOVEA_TRY(step.fresh, field.at("content").text());
    return step;
  }
  return field.unsupported(type, kSupported);
}

Result<void> add_steps(const JsonField& field, std::vector<DecoderStep>& steps) {
  if (field.type() == "Sequence") {
    const JsonField list = field.at("decoders");
    FOVEA_TRY(const size_t count, list.list_size(kStepsMax));
    for (size_t i = 0; i < count; ++i) FOVEA_OK(add_steps(list.at(i), steps));
    return {};
  }
  if (steps.size() == kStepsMax) return field.malformed(fmt::format("has more than {} steps", kStepsMax));
  FOVEA_TRY(DecoderStep step, read_step(field));
  steps.push_back(std::move(step));
  return {};
}

}  // namespace

Result<Decoder> read_decoder(const JsonField& field) {
  if (field.absent()) return Decoder();
  std::vector<DecoderStep> steps;
  FOVEA_OK(add_steps(field, steps));
  return Decoder(std::move(steps));
}

}  // namespace fovea::tokenize
