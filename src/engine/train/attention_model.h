// An attention classifier of either kind, from its folder: a fine-tuned BERT (Hugging Face's files), or
// fovea-hashed from scratch. Texts in, logits out, and which bytes of each text it looked at.
// Threads: score() from one at a time for each AttentionScratch.
// Errors: of open(): what the models and tokenizers say, with file and field; kInvalidArgument where the labels differ.
// The verdict of the quality gate is not asked: that is the caller's business (serve/attention_part.h).
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/models/encoder_model.h"
#include "engine/models/hashed_encoder.h"
#include "engine/tensor/arena.h"
#include "engine/tokenize/hashed_tokens.h"
#include "engine/tokenize/tokenizer.h"

namespace fovea::train {

struct FocusSpan {
  uint32_t begin = 0, end = 0;  // bytes of the text
  float weight = 0;
};

struct AttentionScratch {
  tensor::Arena arena;
  std::vector<tokenize::Encoding> encodings;
  std::vector<tokenize::HashedTokens> hashed;
  std::vector<int32_t> ids, offsets;
  std::vector<float> focus;
};

struct AttentionRun {
  std::function<Result<void>()> before_layer;            // its error ends the run
  std::vector<std::vector<FocusSpan>>* focus = nullptr;  // filled with one list per text, in the order of the text
};

struct AttentionLoad {
  std::string precision = {};  // of the layers: fp32, bf16 or int8; empty: fp32
  std::string packed = {};     // a BERT's weights come from this folder of `fovea models import`; empty: from its own
};

class AttentionModel {
 public:
  static Result<std::unique_ptr<AttentionModel>> open(const std::string& folder, size_t labels,
                                                      const AttentionLoad& how = {});

  // Logits [texts, labels]. A text's logits depend on that text alone.
  Result<std::vector<float>> score(std::span<const std::string_view> texts, AttentionScratch& scratch,
                                   const AttentionRun& how = {}) const;
  size_t labels() const { return labels_; }
  const std::string& precision() const { return precision_; }  // "fp32", "bf16", "int8"

 private:
  AttentionModel() = default;
  void tokenize(std::span<const std::string_view> texts, AttentionScratch& scratch) const;
  void collect_focus(size_t texts, const AttentionScratch& scratch, std::vector<std::vector<FocusSpan>>& out) const;

  Result<void> read_bert(const std::string& folder, models::LoadOptions load, const std::string& packed,
                         int64_t tokens_kept);

  size_t labels_ = 0, tokens_max_ = 0;
  std::string precision_;
  std::unique_ptr<models::HashedEncoder> hashed_;  // one of the two
  std::unique_ptr<models::EncoderModel> bert_;
  std::unique_ptr<tokenize::Tokenizer> tokenizer_;
};

}  // namespace fovea::train
