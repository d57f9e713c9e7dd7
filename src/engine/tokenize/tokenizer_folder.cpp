#include "engine/tokenize/tokenizer_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "engine/tokenize/limits.h"

namespace fovea::tokenize {
namespace {

constexpr std::string_view kJsonFile = "tokenizer.json", kVocabularyFile = "vocab.txt",
                           kConfigFile = "tokenizer_config.json";

bool flag(const Json& object, std::string_view name, bool fallback) {
  const Json& value = member(object, name);
  return value.is_bool() ? value.get_bool() : fallback;
}

// A token is a text, or an object with its text in "content".
std::string token_text(const Json& value, std::string_view fallback) {
  return std::string(text_or(value.is_object() ? member(value, "content") : value, fallback));
}

Result<int32_t> token_id(const Json& value, const std::string& where) {
  if (!value.is_int64() || value.get_int64() < 0 || static_cast<size_t>(value.get_int64()) >= kVocabularyMax)
    return fail(Code::kInvalidArgument, fmt::format("ids must be whole numbers under {}", kVocabularyMax), where);
  return static_cast<int32_t>(value.get_int64());
}

int32_t id_of(const WordPieceSetup& setup, std::string_view piece) {
  for (auto at = setup.pieces.rbegin(); at != setup.pieces.rend(); ++at)
    if (at->first == piece) return at->second;
  return -1;
}

// tokenizer_config.json has the last word on how text is read, as in transformers.
void apply_config(const Json& config, BertTextOptions& text, bool& strip_given) {
  text.lowercase = flag(config, "do_lower_case", text.lowercase);
  text.handle_chinese_chars = flag(config, "tokenize_chinese_chars", text.handle_chinese_chars);
  if (member(config, "strip_accents").is_bool()) {
    text.strip_accents = member(config, "strip_accents").get_bool();
    strip_given = true;
  }
}

Result<void> read_normalizer(const Json& normalizer, const Json& config, BertTextOptions& text) {
  const std::string where = std::string(kJsonFile) + ": normalizer";
  if (text_or(member(normalizer, "type"), "none") != "BertNormalizer")
    return fail(Code::kUnimplemented, fmt::format("'{}' is not supported", text_or(member(normalizer, "type"), "none")),
                where, "BertNormalizer is");
  text.clean_text = flag(normalizer, "clean_text", true);
  text.handle_chinese_chars = flag(normalizer, "handle_chinese_chars", true);
  text.lowercase = flag(normalizer, "lowercase", true);
  bool strip_given = member(normalizer, "strip_accents").is_bool();
  if (strip_given) text.strip_accents = member(normalizer, "strip_accents").get_bool();
  apply_config(config, text, strip_given);
  if (!strip_given) text.strip_accents = text.lowercase;
  return {};
}

Result<void> read_added_tokens(const Json& added, WordPieceSetup& setup) {
  if (added.is_null()) return {};
  const std::string where = std::string(kJsonFile) + ": added_tokens";
  if (!added.is_array()) return fail(Code::kInvalidArgument, "must be a list", where);
  for (const Json& token : added.get_array()) {
    const std::string text = token_text(token, "");
    FOVEA_TRY(const int32_t id, token_id(member(token, "id"), where));
    if (text.empty()) return fail(Code::kInvalidArgument, "a token without content", where);
    if (flag(token, "normalized", false) || flag(token, "single_word", false))
      return fail(Code::kUnimplemented, fmt::format("'{}' is normalized or single_word", text), where,
                  "tokens that are found in the raw text are supported");
    setup.special.push_back({text, id});
  }
  return {};
}

// The ids around a text, from TemplateProcessing's "single" or BertProcessing's "cls" and "sep".
Result<void> read_post_processor(const Json& processor, WordPieceSetup& setup) {
  const std::string where = std::string(kJsonFile) + ": post_processor";
  const std::string_view type = text_or(member(processor, "type"), "none");
  if (type == "none") return {};
  if (type == "BertProcessing") {
    for (auto [name, ids] : {std::pair("cls", &setup.before), std::pair("sep", &setup.after)}) {
      const Json& pair = member(processor, name);
      if (!pair.is_array() || pair.get_array().size() != 2)
        return fail(Code::kInvalidArgument, fmt::format("{} must be [text, id]", name), where);
      FOVEA_TRY(const int32_t id, token_id(pair.get_array()[1], where));
      ids->push_back(id);
    }
    return {};
  }
  if (type != "TemplateProcessing" || !member(processor, "single").is_array())
    return fail(Code::kUnimplemented, fmt::format("'{}' is not supported", type), where,
                "TemplateProcessing and BertProcessing are");
  bool behind = false;
  for (const Json& part : member(processor, "single").get_array()) {
    if (!member(part, "Sequence").is_null()) {
      behind = true;
      continue;
    }
    const std::string_view name = text_or(member(member(part, "SpecialToken"), "id"), "");
    const Json& ids = member(member(member(processor, "special_tokens"), name), "ids");
    if (!ids.is_array()) return fail(Code::kInvalidArgument, fmt::format("no ids for '{}'", name), where);
    for (const Json& value : ids.get_array()) {
      FOVEA_TRY(const int32_t id, token_id(value, where));
      (behind ? setup.after : setup.before).push_back(id);
    }
  }
  return {};
}

}  // namespace

Result<WordPieceSetup> setup_from_tokenizer_json(std::string_view text, const Json& config) {
  const std::string file(kJsonFile);
  auto json = parse_json(text);
  if (!json) return fail(Code::kInvalidArgument, "no JSON: " + json.error().text(), file);
  const Json& model = member(*json, "model");
  const std::string_view type = text_or(member(model, "type"), "WordPiece");
  if (type != "WordPiece" || !member(model, "vocab").is_object())
    return fail(Code::kUnimplemented, fmt::format("'{}' is not supported", type), file + ": model", "WordPiece is");
  WordPieceSetup setup;
  for (const auto& [piece, id_value] : member(model, "vocab").get_object()) {
    FOVEA_TRY(const int32_t id, token_id(id_value, file + ": model.vocab"));
    setup.pieces.emplace_back(piece, id);
  }
  setup.unknown = text_or(member(model, "unk_token"), "[UNK]");
  setup.continuing_prefix = text_or(member(model, "continuing_subword_prefix"), "##");
  const double chars_max = number_or(member(model, "max_input_chars_per_word"), kWordCharsMax);
  if (!(chars_max >= 1 && chars_max <= 10'000))
    return fail(Code::kInvalidArgument, "must be from 1 to 10000", file + ": model.max_input_chars_per_word");
  setup.word_chars_max = static_cast<size_t>(chars_max);
  if (const auto splitter = text_or(member(member(*json, "pre_tokenizer"), "type"), "none");
      splitter != "BertPreTokenizer")
    return fail(Code::kUnimplemented, fmt::format("'{}' is not supported", splitter), file + ": pre_tokenizer",
                "BertPreTokenizer is");
  FOVEA_OK(read_normalizer(member(*json, "normalizer"), config, setup.text));
  FOVEA_OK(read_added_tokens(member(*json, "added_tokens"), setup));
  FOVEA_OK(read_post_processor(member(*json, "post_processor"), setup));
  return setup;
}

Result<WordPieceSetup> setup_from_vocabulary(std::string_view lines, const Json& config) {
  WordPieceSetup setup;
  // Lines end at LF alone (a piece may be U+2028), a CR before it belongs to the line's end.
  for (int32_t id = 0; !lines.empty(); ++id) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    std::string_view piece = lines.substr(0, end);
    if (piece.ends_with('\r')) piece.remove_suffix(1);
    if (setup.pieces.size() == kVocabularyMax)
      return fail(Code::kInvalidArgument, fmt::format("more than {} lines", kVocabularyMax),
                  std::string(kVocabularyFile));
    setup.pieces.emplace_back(piece, id);
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  bool strip_given = false;
  apply_config(config, setup.text, strip_given);
  if (!strip_given) setup.text.strip_accents = setup.text.lowercase;
  setup.unknown = token_text(member(config, "unk_token"), "[UNK]");
  for (auto [field, fallback] :
       {std::pair("unk_token", "[UNK]"), std::pair("sep_token", "[SEP]"), std::pair("pad_token", "[PAD]"),
        std::pair("cls_token", "[CLS]"), std::pair("mask_token", "[MASK]")}) {
    const std::string text = token_text(member(config, field), fallback);
    const int32_t id = id_of(setup, text);
    const bool around = std::string_view(field) == "cls_token" || std::string_view(field) == "sep_token";
    if (id < 0 && around)
      return fail(Code::kInvalidArgument, fmt::format("lacks the {} '{}'", field, text), std::string(kVocabularyFile),
                  "is this the vocabulary of a BERT model?");
    if (id < 0) continue;
    setup.special.push_back({text, id});
    if (std::string_view(field) == "cls_token") setup.before.push_back(id);
    if (std::string_view(field) == "sep_token") setup.after.push_back(id);
  }
  if (const Json& more = member(config, "additional_special_tokens"); more.is_array())
    for (const Json& token : more.get_array())
      if (const int32_t id = id_of(setup, token_text(token, "")); id >= 0)
        setup.special.push_back({token_text(token, ""), id});
  return setup;
}

Result<FolderTokenizer> read_tokenizer(const std::string& folder) {
  const auto path = [&](std::string_view name) { return folder + "/" + std::string(name); };
  const auto exists = [&](std::string_view name) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(path(name), ignored);
  };
  Json config;
  if (exists(kConfigFile)) {
    FOVEA_TRY(const std::string text, read_file(path(kConfigFile), kFileBytesMax));
    auto parsed = parse_json(text);
    if (!parsed) return fail(Code::kInvalidArgument, "no JSON: " + parsed.error().text(), path(kConfigFile));
    config = std::move(*parsed);
  }
  if (!exists(kJsonFile) && !exists(kVocabularyFile))
    return fail(Code::kNotFound, "no tokenizer", folder, "a folder needs tokenizer.json or vocab.txt");
  const std::string_view file = exists(kJsonFile) ? kJsonFile : kVocabularyFile;
  FOVEA_TRY(const std::string text, read_file(path(file), kFileBytesMax));
  auto setup = file == kJsonFile ? setup_from_tokenizer_json(text, config) : setup_from_vocabulary(text, config);
  if (!setup) {
    setup.error().where = folder + "/" + setup.error().where;
    return std::unexpected(std::move(setup).error());
  }
  auto tokenizer = WordPiece::create(std::move(*setup));
  if (!tokenizer) {
    Error error = std::move(tokenizer).error();
    error.where = path(file) + (error.where.empty() ? "" : ": " + error.where);
    return std::unexpected(std::move(error));
  }
  FolderTokenizer found;
  found.tokenizer = std::move(*tokenizer);
  // transformers writes 1e30 for "no limit".
  const double most = number_or(member(config, "model_max_length"), 0);
  if (most >= 1 && most < 1e9) found.tokens_max = static_cast<int64_t>(most);
  return found;
}

}  // namespace fovea::tokenize
