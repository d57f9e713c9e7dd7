// The tokenizer that a tokenizer.json describes: added tokens, normalizer, pre-tokenizer, model, post-processor, in the
// order and with the bookkeeping of the reference (huggingface/tokenizers 0.23, tokenizer/mod.rs).
// Memory: scratch is pooled, as many as there were threads in encode() at once; nothing is allocated once it has grown.
// Threads: encode() and encode_pair() from any number at once.
// Errors: kInvalidArgument for more added tokens than the limit.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/error.h"
#include "engine/tokenize/added_tokens.h"
#include "engine/tokenize/decoder.h"
#include "engine/tokenize/normalizer.h"
#include "engine/tokenize/post_processor.h"
#include "engine/tokenize/pre_tokenizer.h"
#include "engine/tokenize/subword_model.h"
#include "engine/tokenize/text_decoder.h"
#include "engine/tokenize/tokenizer.h"

namespace fovea::tokenize {

struct PipelineParts {
  std::vector<AddedToken> added;
  Normalizer normalizer;
  PreTokenizer pre_tokenizer;
  std::unique_ptr<SubwordModel> model;
  bool bytes = false;  // the model reads bytes where tokenizer.json speaks of GPT-2's letters
  PostProcessor post_processor;
  Truncation truncation;
  Result<Decoder> decoder = Decoder();  // or why texts cannot be made of ids
};

class TextPipeline final : public Tokenizer, public TextDecoder {
 public:
  static Result<std::unique_ptr<TextPipeline>> create(PipelineParts parts);
  ~TextPipeline() override;

  void encode(std::string_view text, size_t tokens_max, Encoding& out) const override;
  void encode_pair(std::string_view first, std::string_view second, size_t tokens_max, Encoding& out) const override;
  Result<std::string> decode(std::span<const int32_t> ids, bool skip_special) const override;
  size_t special_tokens(bool of_pair = false) const override { return parts_.post_processor.added(of_pair); }
  int64_t vocabulary_size() const override { return id_max_ + 1; }
  int64_t token_types() const override { return parts_.post_processor.token_types(); }
  int32_t id_of(std::string_view piece) const override { return parts_.model->id_of(piece); }
  bool lowercase() const override { return parts_.normalizer.lowers(); }

 private:
  struct Sequence;
  struct Scratch;
  class Borrowed;

  explicit TextPipeline(PipelineParts parts);
  void read(std::string_view text, size_t enough, Scratch& scratch, Sequence& out) const;
  void add_part(std::string_view text, size_t begin, size_t end, size_t enough, Scratch& scratch, Sequence& out) const;
  void add_normalised(AlignedText& text, uint32_t origin, size_t enough, Scratch& scratch, Sequence& out) const;
  void add_token(const AddedToken& token, std::string_view found, TokenSpan span, Sequence& out) const;
  void note_blanks(std::string_view token, bool bytes, Sequence& out) const;
  void cut(Sequence& sequence, size_t most) const;
  void cut_pair(Sequence& first, Sequence& second, size_t most) const;
  void finish(Sequence& sequence) const;
  void put(const Sequence& first, const Sequence& second, const std::vector<TemplatePart>& how, Encoding& out) const;

  PipelineParts parts_;
  AddedTokens raw_, normalised_;
  // By id, as they are looked for; and the special ones as they were written: the reference compares these two, and so
  // does not leave out a special token that its normalizer changes.
  std::unordered_map<int32_t, std::string> added_texts_;
  std::unordered_set<std::string> special_texts_;
  CodePoints points_;
  int64_t id_max_ = -1;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Scratch>> spare_;
};

}  // namespace fovea::tokenize
