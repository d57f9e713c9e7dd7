#include "engine/models/text_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/tokenize/tokenizer_folder.h"

namespace fovea::models {

Result<TextReader> TextReader::create(const std::string& folder, const EncoderModel& model, int64_t limit) {
  FOVEA_TRY(auto found, tokenize::read_tokenizer(folder));
  const SentenceConfig& sentence = model.sentence();
  int64_t most = model.tokens_max();
  if (sentence.tokens_max) {
    most = std::min(most, *sentence.tokens_max);
  } else if (found.tokens_max) {
    most = std::min(most, *found.tokens_max);
  }
  if (limit > 0) most = std::min(most, limit);
  if (found.tokenizer->vocabulary_size() > model.vocabulary_size())
    return fail(Code::kInvalidArgument,
                fmt::format("the tokenizer has ids up to {}, the model's vocab_size is {}",
                            found.tokenizer->vocabulary_size() - 1, model.vocabulary_size()),
                folder + "/config.json: vocab_size", "tokenizer and config.json do not belong together");
  if (model.token_types() > 1 && found.tokenizer->token_types() > model.token_types())
    return fail(Code::kInvalidArgument,
                fmt::format("gives tokens of type {}, the model's type_vocab_size is {}",
                            found.tokenizer->token_types() - 1, model.token_types()),
                folder + "/tokenizer.json: post_processor", "tokenizer and config.json do not belong together");
  if (sentence.lower_case && !found.tokenizer->lowercase())
    return fail(Code::kUnimplemented, "lowers the text for a tokenizer that does not",
                folder + "/sentence_bert_config.json: do_lower_case", "set do_lower_case in tokenizer_config.json");
  if (most <= static_cast<int64_t>(found.tokenizer->special_tokens()))
    return fail(Code::kInvalidArgument, fmt::format("a limit of {} tokens leaves none for the text", most), folder,
                "raise max_seq_length in sentence_bert_config.json or model_max_length in tokenizer_config.json");
  return TextReader{std::move(found.tokenizer), static_cast<size_t>(most)};
}

Result<void> check_ids(const EncoderModel& model, std::span<const int32_t> ids, std::span<const int32_t> types,
                       const std::string& where) {
  const auto bad = [&](std::string message) { return fail(Code::kInvalidArgument, std::move(message), where); };
  if (static_cast<int64_t>(ids.size()) > model.tokens_max())
    return bad(fmt::format("{} tokens, the model takes {}", ids.size(), model.tokens_max()));
  for (int32_t id : ids)
    if (id < 0 || id >= model.vocabulary_size())
      return bad(fmt::format("id {} is outside the vocabulary of {}", id, model.vocabulary_size()));
  if (!types.empty() && types.size() != ids.size())
    return bad(fmt::format("{} token types for {} ids", types.size(), ids.size()));
  if (model.token_types() == 0) return {};
  for (int32_t type : types)
    if (type < 0 || type >= model.token_types())
      return bad(fmt::format("token type {} is outside the model's {}", type, model.token_types()));
  return {};
}

}  // namespace fovea::models
