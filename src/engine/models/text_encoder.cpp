#include "engine/models/text_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "engine/models/limits.h"
#include "engine/tokenize/tokenizer_folder.h"

namespace fovea::models {

TextEncoder::TextEncoder(const TextEncoderOptions& options)
    : options_(options), workers_(options.workers), arenas_(static_cast<size_t>(workers_.count())) {}

Result<std::unique_ptr<TextEncoder>> TextEncoder::create(const std::string& folder, const TextEncoderOptions& options) {
  std::unique_ptr<TextEncoder> made(new TextEncoder(options));
  FOVEA_TRY(made->model_, BertModel::create(folder));
  FOVEA_TRY(auto found, tokenize::read_tokenizer(folder));
  const SentenceConfig& sentence = made->model_->sentence();
  int64_t most = made->model_->tokens_max();
  if (sentence.tokens_max) {
    most = std::min(most, *sentence.tokens_max);
  } else if (found.tokens_max) {
    most = std::min(most, *found.tokens_max);
  }
  if (found.tokenizer->vocabulary_size() > made->model_->vocabulary_size())
    return fail(Code::kInvalidArgument,
                fmt::format("the tokenizer has ids up to {}, the model's vocab_size is {}",
                            found.tokenizer->vocabulary_size() - 1, made->model_->vocabulary_size()),
                folder, "tokenizer and config.json do not belong together");
  if (sentence.lower_case && !found.tokenizer->lowercase())
    return fail(Code::kUnimplemented, "lowers the text for a tokenizer that does not",
                folder + "/sentence_bert_config.json: do_lower_case", "set do_lower_case in tokenizer_config.json");
  made->tokens_max_ = static_cast<size_t>(most);
  if (made->tokens_max_ <= found.tokenizer->special_tokens())
    return fail(Code::kInvalidArgument, fmt::format("a limit of {} tokens leaves none for the text", most), folder);
  made->tokenizer_ = std::move(found.tokenizer);
  return made;
}

Result<std::vector<EncodedText>> TextEncoder::encode(std::span<const std::string> texts) {
  std::vector<EncodedText> encoded(texts.size());
  workers_.run(texts.size(),
               [&](size_t item, size_t) { tokenizer_->encode(texts[item], tokens_max_, encoded[item].tokens); });
  // Neighbours share a group up to kGroupRows tokens, fewer where that leaves a worker without one.
  size_t tokens = 0;
  for (const EncodedText& text : encoded) tokens += text.tokens.ids.size();
  const size_t share = tokens / static_cast<size_t>(workers_.count()) + 1;
  const size_t most = std::min<size_t>(kGroupRows, share);
  std::vector<size_t> bounds{0};
  for (size_t i = 0, rows = 0; i < encoded.size(); ++i) {
    const size_t length = encoded[i].tokens.ids.size();
    if (rows > 0 && rows + length > most) {
      bounds.push_back(i);
      rows = 0;
    }
    rows += length;
  }
  if (!encoded.empty()) bounds.push_back(encoded.size());
  std::mutex mutex;
  Result<void> worst;
  workers_.run(bounds.size() - 1, [&](size_t item, size_t worker) {
    auto done = run_group(std::span(encoded).subspan(bounds[item], bounds[item + 1] - bounds[item]), worker);
    if (done) return;
    std::lock_guard lock(mutex);
    worst = std::move(done);
  });
  FOVEA_OK(worst);
  return encoded;
}

Result<void> TextEncoder::run_group(std::span<EncodedText> group, size_t worker) {
  tensor::Arena& arena = arenas_[worker];
  const tensor::Arena::Scope scope(arena);
  const auto offsets = arena.take<int32_t>(group.size() + 1);
  offsets[0] = 0;
  for (size_t i = 0; i < group.size(); ++i)
    offsets[i + 1] = offsets[i] + static_cast<int32_t>(group[i].tokens.ids.size());
  const auto ids = arena.take<int32_t>(static_cast<size_t>(offsets.back()));
  for (size_t i = 0; i < group.size(); ++i) std::ranges::copy(group[i].tokens.ids, ids.begin() + offsets[i]);
  const tensor::Matrix out = arena.matrix(static_cast<int64_t>(group.size()), model_->width());
  ModelRun how;
  if (options_.focus) how.focus = arena.take<float>(ids.size());
  FOVEA_OK(model_->run({ids, offsets}, out, arena, how));
  for (size_t i = 0; i < group.size(); ++i) {
    const auto row = out.row(static_cast<int64_t>(i));
    group[i].values.assign(row.begin(), row.end());
    if (options_.focus) group[i].focus.assign(how.focus.begin() + offsets[i], how.focus.begin() + offsets[i + 1]);
  }
  return {};
}

}  // namespace fovea::models
