// BERT's WordPiece: the longest piece first, from the left of each word (Schuster and Nakajima 2012; Devlin et al.
// 2018). Equal to Hugging Face's BertTokenizerFast token by token, special tokens inside the text included. Threads:
// encode() from any number at once.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/tokenize/bert_text.h"
#include "engine/tokenize/tokenizer.h"
#include "engine/tokenize/vocabulary.h"

namespace fovea::tokenize {

// A token that is found in the text as it stands, before it is normalised ("[SEP]").
struct SpecialToken {
  std::string text;
  int32_t id = -1;
};

struct WordPieceSetup {
  std::vector<std::pair<std::string, int32_t>> pieces;
  BertTextOptions text;
  std::string unknown = "[UNK]";
  std::string continuing_prefix = "##";
  size_t word_chars_max = 100;
  std::vector<SpecialToken> special;
  std::vector<int32_t> before, after;  // ids that encode() sets around the text: [CLS], [SEP]
};

class WordPiece final : public Tokenizer {
 public:
  // Errors: kInvalidArgument for a vocabulary beyond the limits or without the unknown token.
  static Result<std::unique_ptr<WordPiece>> create(WordPieceSetup setup);

  void encode(std::string_view text, size_t tokens_max, Encoding& out) const override;
  size_t special_tokens() const override { return setup_.before.size() + setup_.after.size(); }
  int64_t vocabulary_size() const override { return id_max_ + 1; }

  int32_t id_of(std::string_view piece) const { return vocabulary_.find(piece); }  // -1: none
  bool lowercase() const { return setup_.text.lowercase; }

 private:
  explicit WordPiece(WordPieceSetup setup) : setup_(std::move(setup)), text_(setup_.text) {}
  struct Scratch {
    Word word;
    std::vector<uint64_t> hashes;
    std::string piece;
  };
  bool add_word(size_t room, Scratch& scratch, Encoding& out) const;  // scratch.word is the word
  const SpecialToken* special_at(std::string_view text, size_t at) const;

  WordPieceSetup setup_;
  BertText text_;
  Vocabulary vocabulary_;
  uint64_t continuing_hash_ = kHashSeed;
  int32_t unknown_id_ = -1;
  int64_t id_max_ = -1;
  bool special_first_[256] = {};  // bytes that a special token starts with
};

}  // namespace fovea::tokenize
