// The unigram language model (Kudo 2018): of all ways to cut a text into pieces, the most probable, found by Viterbi
// over a trie. Equal to the reference (huggingface/tokenizers, models/unigram): neighbouring unknown characters are
// one token. Threads: any, each with its own scratch.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/tokenize/byte_trie.h"
#include "engine/tokenize/subword_model.h"
#include "engine/tokenize/vocabulary.h"

namespace fovea::tokenize {

struct UnigramSetup {
  std::vector<std::pair<std::string, double>> pieces;  // log probabilities; the id is the place
  size_t unknown = 0;
  bool byte_fallback = false;  // unknown characters become <0x00>.. where all of these bytes are known
};

class Unigram final : public SubwordModel {
 public:
  // Errors: kInvalidArgument for a vocabulary beyond the limits, a score that is no number, or an unknown token that is
  // not in it.
  static Result<std::unique_ptr<Unigram>> create(UnigramSetup setup);

  void tokenize(std::string_view piece, ModelScratch& scratch, std::vector<ModelToken>& out) const override;
  int32_t id_of(std::string_view piece) const override { return vocabulary_.find(piece); }
  std::optional<std::string_view> piece_of(int32_t id) const override { return vocabulary_.piece(id); }
  size_t size() const override { return scores_.size(); }
  int32_t id_max() const override { return static_cast<int32_t>(scores_.size()) - 1; }
  int32_t unknown_id() const override { return unknown_id_; }

 private:
  Unigram() = default;
  void add_unknown(std::string_view text, uint32_t begin, std::vector<ModelToken>& out) const;

  Vocabulary vocabulary_;
  std::vector<double> scores_;
  ByteTrie trie_;
  double unknown_score_ = 0;
  int32_t unknown_id_ = -1;
  bool byte_fallback_ = false;
  std::array<int32_t, 256> byte_ids_{};
};

}  // namespace fovea::tokenize
