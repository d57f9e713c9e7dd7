#include "engine/train/attention_model.h"

#include <algorithm>

#include "engine/tokenize/tokenizer_folder.h"
#include "engine/weights/config_file.h"

namespace fovea::train {

namespace {

constexpr int64_t kTokensAsTheModel = 0;

}  // namespace

Result<void> AttentionModel::read_bert(const std::string& folder, models::LoadOptions load, const std::string& packed,
                                       int64_t tokens_kept) {
  FOVEA_TRY(bert_, models::EncoderModel::create(packed.empty() ? folder : packed, load));
  if (!bert_->classifies()) return fail(Code::kInvalidArgument, "the model has no classification head", folder);
  FOVEA_TRY(auto tokenizer, tokenize::read_tokenizer(folder));
  if (tokenizer.tokenizer->vocabulary_size() > bert_->vocabulary_size())
    return fail(Code::kInvalidArgument, "the tokenizer has more pieces than the model", folder);
  tokenizer_ = std::move(tokenizer.tokenizer);
  labels_ = bert_->labels().size();
  const int64_t most = bert_->tokens_max();
  tokens_max_ = static_cast<size_t>(tokens_kept == kTokensAsTheModel ? most : std::min(tokens_kept, most));
  return {};
}

Result<std::unique_ptr<AttentionModel>> AttentionModel::open(const std::string& folder, size_t labels,
                                                             const AttentionLoad& how) {
  FOVEA_TRY(const auto config, weights::ConfigFile::open(folder + "/config.json"));
  FOVEA_TRY(const std::string type, config.text("model_type"));
  FOVEA_TRY(models::LoadOptions load, models::parse_load_options(how.precision.empty() ? "fp32" : how.precision));
  if (!load.precision)
    return fail(Code::kInvalidArgument, "one precision is to be named", "precision", "fp32, bf16 or int8");
  load.ignore_verdict = true;
  std::unique_ptr<AttentionModel> model(new AttentionModel());
  model->precision_ = how.precision.empty() ? "fp32" : how.precision;
  if (type == "fovea-hashed") {
    FOVEA_TRY(model->hashed_, models::HashedEncoder::create(folder, *load.precision));
    model->labels_ = static_cast<size_t>(model->hashed_->labels());
  } else {
    FOVEA_TRY(const int64_t kept, config.integer_or("fovea_tokens_max", kTokensAsTheModel, 3, 65'536));
    FOVEA_OK(model->read_bert(folder, load, how.packed, kept));
  }
  if (model->labels_ != labels) {
    return fail(
        Code::kInvalidArgument,
        "the model has " + std::to_string(model->labels_) + " labels where the manifest has " + std::to_string(labels),
        folder + "/config.json");
  }
  return model;
}

void AttentionModel::tokenize(std::span<const std::string_view> texts, AttentionScratch& scratch) const {
  if (hashed_) {
    if (scratch.hashed.size() < texts.size()) scratch.hashed.resize(texts.size());
    for (size_t i = 0; i < texts.size(); ++i) tokenize::hash_tokens(texts[i], hashed_->tokens(), scratch.hashed[i]);
    return;
  }
  if (scratch.encodings.size() < texts.size()) scratch.encodings.resize(texts.size());
  scratch.ids.clear();
  scratch.offsets.assign(1, 0);
  for (size_t i = 0; i < texts.size(); ++i) {
    tokenizer_->encode(texts[i], tokens_max_, scratch.encodings[i]);
    const auto& ids = scratch.encodings[i].ids;
    scratch.ids.insert(scratch.ids.end(), ids.begin(), ids.end());
    scratch.offsets.push_back(static_cast<int32_t>(scratch.ids.size()));
  }
}

void AttentionModel::collect_focus(size_t texts, const AttentionScratch& scratch,
                                   std::vector<std::vector<FocusSpan>>& out) const {
  out.assign(texts, {});
  size_t at = 0;
  for (size_t i = 0; i < texts; ++i) {
    const auto& spans = hashed_ ? scratch.hashed[i].spans : scratch.encodings[i].spans;
    float sum = 0;
    for (const tokenize::TokenSpan& span : spans) {
      float weight = scratch.focus[at++];
      if (span.end == span.begin) continue;  // stands for no text
      sum += weight;
      // Pieces of one word become one place.
      if (!out[i].empty() && out[i].back().end == span.begin && tokenizer_ && weight > 0) {
        out[i].back().end = span.end;
        out[i].back().weight += weight;
      } else {
        out[i].push_back({span.begin, span.end, weight});
      }
    }
    for (FocusSpan& f : out[i]) f.weight = sum > 0 ? f.weight / sum : 0.0f;
  }
}

Result<std::vector<float>> AttentionModel::score(std::span<const std::string_view> texts, AttentionScratch& scratch,
                                                 const AttentionRun& how) const {
  std::vector<float> logits(texts.size() * labels_);
  if (texts.empty()) return logits;
  tokenize(texts, scratch);
  size_t tokens = scratch.ids.size();
  if (hashed_) {
    tokens = 0;
    for (size_t i = 0; i < texts.size(); ++i) tokens += scratch.hashed[i].tokens();
  }
  models::ModelRun run{how.before_layer, {}};
  if (how.focus) {
    scratch.focus.assign(tokens, 0.0f);
    run.focus = scratch.focus;
  }
  tensor::Matrix out(logits.data(), static_cast<int64_t>(texts.size()), static_cast<int64_t>(labels_));
  if (hashed_) {
    FOVEA_OK(hashed_->run(std::span(scratch.hashed).first(texts.size()), out, scratch.arena, run));
  } else {
    FOVEA_OK(bert_->run({scratch.ids, scratch.offsets}, out, scratch.arena, run));
  }
  if (how.focus) collect_focus(texts.size(), scratch, *how.focus);
  return logits;
}

}  // namespace fovea::train
