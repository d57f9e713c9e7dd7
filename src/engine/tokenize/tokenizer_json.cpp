#include "engine/tokenize/tokenizer_json.h"

#include <unordered_map>

#include "engine/tokenize/limits.h"

namespace fovea::tokenize {
namespace {

Result<void> read_truncation(const JsonField& field, JsonTokenizer& out) {
  if (field.absent()) return {};
  FOVEA_TRY(const int32_t most, field.at("max_length").whole_number(0, INT32_MAX));
  out.tokens_max = most;
  const std::string_view side = text_or(field.at("direction").value(), "Right");
  const std::string_view strategy = text_or(field.at("strategy").value(), "LongestFirst");
  if (side != "Right" && side != "Left") return field.at("direction").malformed("must be Right or Left");
  if (strategy != "LongestFirst" && strategy != "OnlyFirst" && strategy != "OnlySecond")
    return field.at("strategy").malformed("must be LongestFirst, OnlyFirst or OnlySecond");
  out.parts.truncation.side = side == "Right" ? TruncationSide::kRight : TruncationSide::kLeft;
  out.parts.truncation.strategy = strategy == "LongestFirst" ? TruncationStrategy::kLongestFirst
                                  : strategy == "OnlyFirst"  ? TruncationStrategy::kOnlyFirst
                                                             : TruncationStrategy::kOnlySecond;
  return {};
}

}  // namespace

// A token that the model does not know has the next id behind the model's, in the order of the list, whatever the file
// says: the reference gives it that one, so a file that says another cannot belong to the model's weights.
Result<std::vector<AddedToken>> read_added_tokens(const JsonField& field, const SubwordModel& model) {
  std::vector<AddedToken> tokens;
  if (field.absent()) return tokens;
  FOVEA_TRY(const size_t count, field.list_size(kSpecialTokensMax));
  std::unordered_map<std::string, size_t> places;
  auto next = static_cast<int32_t>(model.size());
  for (size_t i = 0; i < count; ++i) {
    const JsonField entry = field.at(i);
    AddedToken token;
    FOVEA_TRY(token.text, entry.at("content").text());
    if (token.text.empty()) return entry.malformed("a token without content");
    if (token.text.size() > kPieceBytesMax)
      return entry.malformed(fmt::format("a token of more than {} bytes", kPieceBytesMax));
    FOVEA_TRY(token.id, entry.at("id").whole_number(0, static_cast<int64_t>(kVocabularyMax) - 1));
    FOVEA_TRY(token.single_word, entry.at("single_word").flag_or(false));
    FOVEA_TRY(token.lstrip, entry.at("lstrip").flag_or(false));
    FOVEA_TRY(token.rstrip, entry.at("rstrip").flag_or(false));
    FOVEA_TRY(token.normalized, entry.at("normalized").flag_or(false));
    FOVEA_TRY(token.special, entry.at("special").flag_or(false));
    const auto place = places.find(token.text);
    const int32_t known = model.id_of(token.text);
    const int32_t expected = place != places.end() ? tokens[place->second].id : known >= 0 ? known : next;
    if (token.id != expected)
      return entry.at("id").malformed(
          fmt::format("'{}' has id {} here and {} in the model", token.text, token.id, expected),
          "ids of added tokens follow those of the model, in order");
    if (place != places.end()) {
      tokens[place->second] = std::move(token);
      continue;
    }
    if (known < 0) ++next;
    places.emplace(token.text, tokens.size());
    tokens.push_back(std::move(token));
  }
  return tokens;
}

Result<std::shared_ptr<const TextPattern>> read_pattern(const JsonField& field) {
  const bool plain = !field.at("String").absent();
  const JsonField text_field = field.at(plain ? "String" : "Regex");
  FOVEA_TRY(const std::string text, text_field.text());
  auto made = plain ? TextPattern::of_text(text) : TextPattern::of_expression(text);
  if (!made) return text_field.malformed(made.error().message);
  return *made;
}

Result<JsonTokenizer> read_tokenizer_json(std::string_view text, const Json& config) {
  FOVEA_TRY(const Json parsed, parse_json_file(text, "tokenizer.json"));
  const JsonField root(parsed, "tokenizer.json: ");
  if (!parsed.is_object()) return fail(Code::kInvalidArgument, "must be an object", "tokenizer.json", kMendField);
  if (const std::string_view version = text_or(root.at("version").value(), "1.0"); version != "1.0")
    return root.at("version").unsupported(version, "1.0");
  JsonTokenizer made;
  FOVEA_TRY(made.parts.model, read_model(root.at("model")));
  FOVEA_TRY(auto normalizer, read_normalizer(root.at("normalizer"), config));
  made.parts.normalizer = Normalizer(std::move(normalizer));
  FOVEA_TRY(auto steps, read_pre_tokenizer(root.at("pre_tokenizer")));
  prefer_bytes(made.parts, std::move(steps));
  FOVEA_TRY(made.parts.added, read_added_tokens(root.at("added_tokens"), *made.parts.model));
  made.parts.decoder = read_decoder(root.at("decoder"));  // without a sound one texts are read all the same
  FOVEA_TRY(made.parts.post_processor, read_post_processor(root.at("post_processor")));
  FOVEA_OK(read_truncation(root.at("truncation"), made));
  return made;
}

}  // namespace fovea::tokenize
