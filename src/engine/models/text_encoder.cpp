#include "engine/models/text_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "base/check.h"
#include "engine/models/limits.h"

namespace fovea::models {
TextEncoder::TextEncoder(const TextEncoderOptions& options, std::unique_ptr<Workers> workers)
    : options_(options), workers_(std::move(workers)), arenas_(static_cast<size_t>(workers_->count())) {}

Result<std::unique_ptr<TextEncoder>> TextEncoder::create(const std::string& folder, const TextEncoderOptions& options) {
  FOVEA_TRY(auto workers, Workers::create(options.workers));
  std::unique_ptr<TextEncoder> made(new TextEncoder(options, std::move(workers)));
  FOVEA_TRY(made->model_, EncoderModel::create(folder, options.load));
  made->reader_.tokens_max = static_cast<size_t>(made->model_->tokens_max());
  if (!options.ids_only) {
    FOVEA_TRY(made->reader_, TextReader::create(folder, *made->model_, options.tokens_max));
  }
  return made;
}

Result<std::vector<EncodedText>> TextEncoder::encode(std::span<const std::string> texts) {
  FOVEA_CHECK(reader_.tokenizer != nullptr);
  std::vector<EncodedText> encoded(texts.size());
  workers_->run(texts.size(), [&](size_t item, size_t) {
    reader_.tokenizer->encode(texts[item], reader_.tokens_max, encoded[item].tokens);
  });
  FOVEA_OK(run_all(encoded));
  return encoded;
}

Result<std::vector<EncodedText>> TextEncoder::encode_pairs(std::span<const TextPair> pairs) {
  FOVEA_CHECK(reader_.tokenizer != nullptr);
  if (reader_.tokens_max <= reader_.tokenizer->special_tokens(true))
    return fail(Code::kInvalidArgument,
                fmt::format("a limit of {} tokens leaves none for a pair of texts", reader_.tokens_max));
  std::vector<EncodedText> encoded(pairs.size());
  workers_->run(pairs.size(), [&](size_t item, size_t) {
    reader_.tokenizer->encode_pair(pairs[item].first, pairs[item].second, reader_.tokens_max, encoded[item].tokens);
  });
  FOVEA_OK(run_all(encoded));
  return encoded;
}

Result<std::vector<EncodedText>> TextEncoder::encode_ids(std::span<const TokenIds> sequences, uint64_t first_line) {
  std::vector<EncodedText> encoded(sequences.size());
  for (size_t i = 0; i < sequences.size(); ++i) {
    FOVEA_OK(check_ids(*model_, sequences[i].ids, sequences[i].types, fmt::format("line {}", first_line + i)));
    encoded[i].tokens.ids = sequences[i].ids;
    encoded[i].tokens.type_ids = sequences[i].types;
  }
  FOVEA_OK(run_all(encoded));
  return encoded;
}

Result<void> TextEncoder::run_all(std::vector<EncodedText>& texts) {
  // Neighbours share a group up to kGroupRows tokens, fewer where that leaves a worker without one.
  size_t tokens = 0;
  for (const EncodedText& text : texts) tokens += text.tokens.ids.size();
  const size_t share = tokens / static_cast<size_t>(workers_->count()) + 1;
  const size_t most = std::min<size_t>(kGroupRows, share);
  std::vector<size_t> bounds{0};
  for (size_t i = 0, rows = 0; i < texts.size(); ++i) {
    const size_t length = texts[i].tokens.ids.size();
    if (rows > 0 && rows + length > most) {
      bounds.push_back(i);
      rows = 0;
    }
    rows += length;
  }
  if (!texts.empty()) bounds.push_back(texts.size());
  if (bounds.size() == 2 && tokens >= kShareRowsMin) return run_group(texts, 0, true);
  std::mutex mutex;
  Result<void> worst;
  workers_->run(bounds.size() - 1, [&](size_t item, size_t worker) {
    auto done = run_group(std::span(texts).subspan(bounds[item], bounds[item + 1] - bounds[item]), worker);
    if (done) return;
    std::lock_guard lock(mutex);
    worst = std::move(done);
  });
  return worst;
}

Result<void> TextEncoder::run_group(std::span<EncodedText> group, size_t worker, bool alone) {
  tensor::Arena& arena = arenas_[worker];
  const tensor::Arena::Scope scope(arena);
  const RaggedBatch batch = pack_batch(
      group.size(), [&](size_t i) { return std::span(group[i].tokens.ids); },
      [&](size_t i) { return std::span(group[i].tokens.type_ids); }, model_->token_types() > 1, arena);
  const tensor::Matrix out = arena.matrix(model_->output_rows(batch), model_->width());
  ModelRun how;
  if (options_.focus) how.focus = arena.take<float>(batch.ids.size());
  if (alone && workers_->count() > 1)
    how.share = [this](int64_t items, const std::function<void(int64_t, tensor::Arena&)>& work) {
      workers_->run(static_cast<size_t>(items),
                    [&](size_t item, size_t who) { work(static_cast<int64_t>(item), arenas_[who]); });
    };
  FOVEA_OK(model_->run(batch, out, arena, how));
  for (size_t i = 0; i < group.size(); ++i) {
    const tensor::Matrix own = model_->rows_of(batch, out, i);
    group[i].values.assign(own.data, own.data + own.rows * own.cols);
    if (options_.focus)
      group[i].focus.assign(how.focus.begin() + batch.offsets[i], how.focus.begin() + batch.offsets[i + 1]);
  }
  return {};
}

}  // namespace fovea::models
