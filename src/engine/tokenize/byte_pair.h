// Byte-pair encoding (Sennrich et al. 2016): the pair of symbols that was merged first in training is merged first,
// from the left. Equal to the reference (huggingface/tokenizers, models/bpe). Pieces are characters of text, or with
// `bytes` the bytes that GPT-2's letters stand for.
// Threads: any, each with its own scratch.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/tokenize/subword_model.h"
#include "engine/tokenize/vocabulary.h"

namespace fovea::tokenize {

struct BytePairSetup {
  std::vector<std::pair<std::string, int32_t>> pieces;
  std::vector<std::pair<std::string, std::string>> merges;  // the first first
  std::optional<std::string> unknown;                       // without it unknown characters are left out
  std::string continuing_prefix, end_suffix;                // of pieces within and at the end of a word
  bool fuse_unknown = false;                                // neighbours that are unknown become one token
  bool byte_fallback = false;                               // unknown characters become <0x00>.. where these are known
  bool ignore_merges = false;                               // a word that is a piece is that piece
};

class BytePair final : public SubwordModel {
 public:
  // Errors: kInvalidArgument for a vocabulary beyond the limits, and for a merge or an unknown token that is not in it.
  static Result<std::unique_ptr<BytePair>> create(BytePairSetup setup);

  // From now on pieces are bytes. False, and nothing changed, where a letter has no id of its own.
  bool read_bytes();

  void tokenize(std::string_view piece, ModelScratch& scratch, std::vector<ModelToken>& out) const override;
  int32_t id_of(std::string_view piece) const override { return vocabulary_.find(piece); }
  std::optional<std::string_view> piece_of(int32_t id) const override { return vocabulary_.piece(id); }
  size_t size() const override { return vocabulary_.size(); }
  int32_t id_max() const override { return vocabulary_.id_max(); }
  int32_t unknown_id() const override { return unknown_id_; }

 private:
  struct Slot {
    uint64_t pair = UINT64_MAX;  // left << 32 | right
    uint32_t rank = 0;
    int32_t id = -1;
  };
  struct Affixes {
    bool first = false, last = false;
  };

  explicit BytePair(BytePairSetup setup) : setup_(std::move(setup)) {}
  Result<void> add_merges();
  const Slot* find_merge(int32_t left, int32_t right) const;
  int32_t id_with_affixes(std::string_view character, Affixes affixes, std::string& text) const;
  void start_with_bytes(std::string_view piece, ModelScratch& scratch) const;
  void start_with_characters(std::string_view piece, ModelScratch& scratch) const;
  bool add_fallback(std::string_view character, Affixes affixes, ModelScratch& scratch) const;
  void merge_few(std::vector<ModelScratch::Symbol>& symbols, std::vector<ModelScratch::Merge>& merges) const;
  void merge_many(std::vector<ModelScratch::Symbol>& symbols, std::vector<ModelScratch::Merge>& queue) const;

  BytePairSetup setup_;
  Vocabulary vocabulary_;
  std::vector<Slot> merges_;  // a power of two, at most half full
  int32_t unknown_id_ = -1;
  bool bytes_ = false;
  std::array<std::array<int32_t, 256>, 4> byte_ids_{};  // [first + 2 * last] of a piece
};

}  // namespace fovea::tokenize
