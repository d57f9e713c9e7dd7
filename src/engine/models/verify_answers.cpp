#include "engine/models/verify_answers.h"

#include <algorithm>
#include <chrono>

#include "engine/models/hashed_encoder.h"
#include "engine/models/text_encoder.h"
#include "engine/weights/config_file.h"

namespace fovea::models {
namespace {

using kernels::Precision;

constexpr size_t kChunk = 256;  // texts between two calls of the watch

// Answers chunk by chunk: add(texts, answers) appends to the values and gives the count of tokens.
using AddChunk = std::function<Result<size_t>(std::span<const std::string> texts, std::vector<float>& values)>;

Result<VerifyAnswers> ask_all(VerifyAnswers answers, std::span<const std::string> texts, const AddChunk& add,
                              const VerifyWatch& watch) {
  std::vector<float> warm;
  FOVEA_OK(add(texts.first(std::min(texts.size(), kChunk)), warm));
  size_t tokens = 0;
  const auto begun = std::chrono::steady_clock::now();
  for (size_t at = 0; at < texts.size(); at += kChunk) {
    const size_t count = std::min(kChunk, texts.size() - at);
    FOVEA_TRY(const size_t seen, add(texts.subspan(at, count), answers.values));
    tokens += seen;
    if (watch)
      watch(static_cast<double>(at + count) / static_cast<double>(texts.size()),
            kernels::precision_name(answers.precision));
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  answers.texts_per_s = static_cast<double>(texts.size()) / seconds;
  answers.tokens_per_s = static_cast<double>(tokens) / seconds;
  return answers;
}

Result<VerifyAnswers> ask_encoder(const std::string& folder, std::optional<Precision> precision,
                                  std::span<const std::string> texts, const VerifyAsk& how, const VerifyWatch& watch) {
  FOVEA_TRY(const auto encoder,
            TextEncoder::create(folder, {.workers = how.workers,
                                         .tokens_max = how.tokens_max,
                                         .load = {.precision = precision, .ignore_verdict = true}}));
  const EncoderModel& model = encoder->model();
  const VerifyAnswers form{.values = {},
                           .width = static_cast<size_t>(model.width()),
                           .precision = model.precision(),
                           .classifies = model.output() != Output::kEmbedding,
                           .per_token = model.per_token()};
  const AddChunk add = [&](std::span<const std::string> chunk, std::vector<float>& values) -> Result<size_t> {
    FOVEA_TRY(const auto encoded, encoder->encode(chunk));
    size_t tokens = 0;
    for (const EncodedText& text : encoded) {
      values.insert(values.end(), text.values.begin(), text.values.end());
      tokens += text.tokens.ids.size();
    }
    return tokens;
  };
  return ask_all(form, texts, add, watch);
}

Result<VerifyAnswers> ask_hashed(const std::string& folder, Precision precision, std::span<const std::string> texts,
                                 const VerifyAsk& how, const VerifyWatch& watch) {
  FOVEA_TRY(const auto model, HashedEncoder::create(folder, precision));
  const auto width = static_cast<size_t>(model->labels());
  const VerifyAnswers form{.values = {}, .width = width, .precision = model->precision(), .classifies = true};
  FOVEA_TRY(const auto workers, Workers::create(how.workers));
  std::vector<tensor::Arena> arenas(static_cast<size_t>(workers->count()));
  std::vector<tokenize::HashedTokens> tokens(kChunk);
  std::vector<Result<void>> done(kChunk);
  const AddChunk add = [&](std::span<const std::string> chunk, std::vector<float>& values) -> Result<size_t> {
    const size_t first = values.size();
    values.resize(first + chunk.size() * width);
    workers->run(chunk.size(), [&](size_t item, size_t worker) {
      tokenize::hash_tokens(chunk[item], model->tokens(), tokens[item]);
      const tensor::Matrix out(values.data() + first + item * width, 1, static_cast<int64_t>(width));
      done[item] = model->run({&tokens[item], 1}, out, arenas[worker]);
    });
    size_t sum = 0;
    for (size_t item = 0; item < chunk.size(); ++item) {
      FOVEA_OK(done[item]);
      sum += tokens[item].tokens();
    }
    return sum;
  };
  return ask_all(form, texts, add, watch);
}

}  // namespace

Result<VerifyAnswers> ask_model(const std::string& folder, std::optional<Precision> precision,
                                std::span<const std::string> texts, const VerifyAsk& how, const VerifyWatch& watch) {
  FOVEA_TRY(const auto config, weights::ConfigFile::open(folder + "/config.json"));
  FOVEA_TRY(const std::string type, config.text_or("model_type", ""));
  if (type == "fovea-hashed") return ask_hashed(folder, precision.value_or(Precision::kFp32), texts, how, watch);
  return ask_encoder(folder, precision, texts, how, watch);
}

}  // namespace fovea::models
