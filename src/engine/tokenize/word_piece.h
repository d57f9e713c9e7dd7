// WordPiece: the longest piece first, from the left of each word (Schuster and Nakajima 2012; Devlin et al. 2018).
// Equal to the reference (huggingface/tokenizers, models/wordpiece). A word that no pieces make up, or one of too many
// characters, is the unknown token. With whole_words the word is one piece or unknown ("WordLevel").
// Threads: any, each with its own scratch.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/tokenize/subword_model.h"
#include "engine/tokenize/vocabulary.h"

namespace fovea::tokenize {

struct WordPieceSetup {
  std::vector<std::pair<std::string, int32_t>> pieces;
  std::string unknown = "[UNK]";
  std::string continuing_prefix = "##";
  size_t word_chars_max = 100;
  bool whole_words = false;
};

class WordPiece final : public SubwordModel {
 public:
  // Errors: kInvalidArgument for a vocabulary beyond the limits or without the unknown token.
  static Result<std::unique_ptr<WordPiece>> create(WordPieceSetup setup);

  void tokenize(std::string_view piece, ModelScratch& scratch, std::vector<ModelToken>& out) const override;
  int32_t id_of(std::string_view piece) const override { return vocabulary_.find(piece); }
  std::optional<std::string_view> piece_of(int32_t id) const override { return vocabulary_.piece(id); }
  size_t size() const override { return vocabulary_.size(); }
  int32_t id_max() const override { return vocabulary_.id_max(); }
  int32_t unknown_id() const override { return unknown_id_; }

 private:
  explicit WordPiece(WordPieceSetup setup) : setup_(std::move(setup)) {}

  WordPieceSetup setup_;
  Vocabulary vocabulary_;
  uint64_t continuing_hash_ = kHashSeed;
  int32_t unknown_id_ = -1;
};

}  // namespace fovea::tokenize
