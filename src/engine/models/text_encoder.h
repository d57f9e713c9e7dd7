// Texts to embeddings or logits: tokenizer, model and workers together. Many short texts over all processors, in groups
// of tokens; the answer to a text is the same whatever the group, the order and the number of workers.
// Journey: what `fovea encode` runs; serve drives tokenizer and model by itself.
// Threads: encode() from one at a time.
// Errors: of create(): as BertModel and read_tokenizer; kInvalidArgument where tokenizer and model do not belong
// together.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/models/bert_model.h"
#include "engine/models/workers.h"
#include "engine/tensor/arena.h"
#include "engine/tokenize/tokenizer.h"

namespace fovea::models {

struct EncodedText {
  tokenize::Encoding tokens;
  std::vector<float> values;  // [width]: embedding or logits
  std::vector<float> focus;   // [tokens], where it was asked for
};

struct TextEncoderOptions {
  int workers = 0;  // 0: as many as processors()
  bool focus = false;
};

class TextEncoder {
 public:
  static Result<std::unique_ptr<TextEncoder>> create(const std::string& folder, const TextEncoderOptions& options = {});

  Result<std::vector<EncodedText>> encode(std::span<const std::string> texts);

  const BertModel& model() const { return *model_; }
  const tokenize::Tokenizer& tokenizer() const { return *tokenizer_; }
  size_t tokens_max() const { return tokens_max_; }  // of one text, special tokens included
  int workers() const { return workers_.count(); }

 private:
  explicit TextEncoder(const TextEncoderOptions& options);
  Result<void> run_group(std::span<EncodedText> group, size_t worker);

  TextEncoderOptions options_;
  Workers workers_;
  std::vector<tensor::Arena> arenas_;  // [workers]
  std::unique_ptr<tokenize::Tokenizer> tokenizer_;
  std::unique_ptr<BertModel> model_;
  size_t tokens_max_ = 0;
};

}  // namespace fovea::models
