// Texts to embeddings or logits: tokenizer, model and workers together. Many short texts over all processors, in groups
// of tokens; the answer to a text is the same whatever the group, the order and the number of workers.
// Journey: what `fovea encode` runs; serve drives tokenizer and model by itself.
// Threads: encode(), encode_pairs() and encode_ids() from one at a time.
// Errors: of create(): as EncoderModel, read_tokenizer and Workers; kInvalidArgument where tokenizer and model do not
// belong together. Of encode_pairs(): kInvalidArgument where the limit of tokens leaves a pair none. Of encode_ids():
// kInvalidArgument for ids, types or lengths beyond the model, `where` is "line N".
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/models/encoder_model.h"
#include "engine/models/text_reader.h"
#include "engine/models/workers.h"
#include "engine/tensor/arena.h"
#include "engine/tokenize/tokenizer.h"

namespace fovea::models {

struct TokenIds {
  std::vector<int32_t> ids;    // special ones included
  std::vector<int32_t> types;  // as many, or empty: all 0
};

struct TextPair {
  std::string first, second;
};

struct EncodedText {
  tokenize::Encoding tokens;  // no spans and texts where ids were given
  std::vector<float> values;  // [width]: embedding or logits; [tokens, width] where the model answers per token
  std::vector<float> focus;   // [tokens], where it was asked for
};

struct TextEncoderOptions {
  int workers = 0;  // 0: as many as processors()
  bool focus = false;
  bool ids_only = false;   // no tokenizer is read; encode_ids() alone
  int64_t tokens_max = 0;  // of one text, where the folder allows more; 0: as the folder says
  LoadOptions load = {};
};

class TextEncoder {
 public:
  static Result<std::unique_ptr<TextEncoder>> create(const std::string& folder, const TextEncoderOptions& options = {});

  // REQUIRES: not `ids_only`.
  Result<std::vector<EncodedText>> encode(std::span<const std::string> texts);
  // As a cross-encoder reads two texts. REQUIRES: not `ids_only`.
  Result<std::vector<EncodedText>> encode_pairs(std::span<const TextPair> pairs);
  // What a tokenizer of the caller's own gave. The first is line `first_line` of the caller's input, for errors.
  Result<std::vector<EncodedText>> encode_ids(std::span<const TokenIds> sequences, uint64_t first_line = 1);

  const EncoderModel& model() const { return *model_; }
  const tokenize::Tokenizer& tokenizer() const { return *reader_.tokenizer; }  // REQUIRES: not `ids_only`
  size_t tokens_max() const { return reader_.tokens_max; }                     // of one text, special tokens included
  int workers() const { return workers_->count(); }

 private:
  TextEncoder(const TextEncoderOptions& options, std::unique_ptr<Workers> workers);
  Result<void> run_all(std::vector<EncodedText>& texts);
  // `alone`: nothing else waits, so the group's work is shared by all workers.
  Result<void> run_group(std::span<EncodedText> group, size_t worker, bool alone = false);

  TextEncoderOptions options_;
  std::unique_ptr<Workers> workers_;
  std::vector<tensor::Arena> arenas_;  // [workers]
  std::unique_ptr<EncoderModel> model_;
  TextReader reader_;
};

}  // namespace fovea::models
