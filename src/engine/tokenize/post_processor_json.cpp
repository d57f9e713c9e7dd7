#include <algorithm>

#include "engine/tokenize/limits.h"
#include "engine/tokenize/tokenizer_json.h"

namespace fovea::tokenize {
namespace {

using Kind = TemplatePart::Kind;
using Template = std::vector<TemplatePart>;

constexpr const char* kSupported = "TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel, Sequence";
constexpr int64_t kIdMax = static_cast<int64_t>(kVocabularyMax) - 1;
constexpr size_t kTemplatePartsMax = 256;

Result<Template> read_template(const JsonField& field, const JsonField& tokens, bool of_pair) {
  FOVEA_TRY(const size_t count, field.list_size(kTemplatePartsMax));
  Template parts;
  for (size_t i = 0; i < count; ++i) {
    const JsonField part = field.at(i);
    const bool sequence = !part.at("Sequence").absent();
    const JsonField body = part.at(sequence ? "Sequence" : "SpecialToken");
    FOVEA_TRY(const std::string name, body.at("id").text());
    int32_t type_id = 0;
    if (const JsonField type = body.at("type_id"); !type.absent()) {
      FOVEA_TRY(type_id, type.whole_number(0, 255));
    }
    if (sequence) {
      if (name != "A" && !(name == "B" && of_pair)) return body.at("id").malformed("must be A, or B in a pair");
      parts.push_back({name == "A" ? Kind::kFirst : Kind::kSecond, -1, type_id});
      continue;
    }
    const JsonField ids = tokens.at(name).at("ids");
    FOVEA_TRY(const size_t id_count, ids.list_size(kTemplatePartsMax));
    for (size_t k = 0; k < id_count; ++k) {
      FOVEA_TRY(const int32_t id, ids.at(k).whole_number(0, kIdMax));
      parts.push_back({Kind::kToken, id, type_id});
    }
  }
  if (parts.size() > kTemplatePartsMax)
    return field.malformed(fmt::format("has more than {} tokens", kTemplatePartsMax));
  const auto times = [&](Kind kind) { return std::ranges::count(parts, kind, &TemplatePart::kind); };
  if (times(Kind::kFirst) != 1 || times(Kind::kSecond) != (of_pair ? 1 : 0))
    return field.malformed(of_pair ? "must hold the sequences A and B, once each" : "must hold the sequence A, once");
  return parts;
}

// [text, id]
Result<int32_t> read_token(const JsonField& field) {
  FOVEA_TRY(const size_t count, field.list_size(2));
  if (count != 2) return field.malformed("must be [text, id]");
  return field.at(1).whole_number(0, kIdMax);
}

Result<void> read_around(const JsonField& field, bool roberta, PostProcessor& out) {
  FOVEA_TRY(const int32_t cls, read_token(field.at("cls")));
  FOVEA_TRY(const int32_t sep, read_token(field.at("sep")));
  const int32_t second = roberta ? 0 : 1;  // RoBERTa knows no second type
  out.single = {{Kind::kToken, cls, 0}, {Kind::kFirst, -1, 0}, {Kind::kToken, sep, 0}};
  out.pair = out.single;
  if (roberta) out.pair.push_back({Kind::kToken, sep, 0});
  out.pair.push_back({Kind::kSecond, -1, second});
  out.pair.push_back({Kind::kToken, sep, second});
  return {};
}

Result<void> read_trim(const JsonField& field, PostProcessor& out) {
  FOVEA_TRY(out.trim_offsets, field.at("trim_offsets").flag_or(true));
  FOVEA_TRY(out.add_prefix_space, field.at("add_prefix_space").flag_or(true));
  return {};
}

// `around`: tokens have been set around the text already.
Result<void> add_processor(const JsonField& field, PostProcessor& out, bool& around) {
  const std::string_view type = field.type();
  if (type == "Sequence") {
    const JsonField list = field.at("processors");
    FOVEA_TRY(const size_t count, list.list_size(kStepsMax));
    for (size_t i = 0; i < count; ++i) FOVEA_OK(add_processor(list.at(i), out, around));
    return {};
  }
  if (type == "ByteLevel") {
    if (out.trim_offsets)
      return fail(Code::kUnimplemented, "trims the offsets a second time", field.where(), "leave one of them");
    return read_trim(field, out);
  }
  if (type != "TemplateProcessing" && type != "BertProcessing" && type != "RobertaProcessing")
    return field.unsupported(type, kSupported);
  if (around)
    return fail(Code::kUnimplemented, "sets tokens around the text a second time", field.where(), "leave one of them");
  around = true;
  if (type == "TemplateProcessing") {
    FOVEA_TRY(out.single, read_template(field.at("single"), field.at("special_tokens"), false));
    if (!field.at("pair").absent()) {
      FOVEA_TRY(out.pair, read_template(field.at("pair"), field.at("special_tokens"), true));
    }
    return {};
  }
  FOVEA_OK(read_around(field, type == "RobertaProcessing", out));
  return type == "RobertaProcessing" ? read_trim(field, out) : Result<void>();
}

}  // namespace

Result<PostProcessor> read_post_processor(const JsonField& field) {
  PostProcessor found;
  bool around = false;
  if (!field.absent()) FOVEA_OK(add_processor(field, found, around));
  return found;
}

}  // namespace fovea::tokenize
