#include "engine/tokenize/word_piece.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/tokenize/aligned_text.h"

namespace fovea::tokenize {

Result<std::unique_ptr<WordPiece>> WordPiece::create(WordPieceSetup setup) {
  std::unique_ptr<WordPiece> made(new WordPiece(std::move(setup)));
  FOVEA_TRY(made->vocabulary_, Vocabulary::create(made->setup_.pieces));
  made->setup_.pieces.clear();
  made->setup_.pieces.shrink_to_fit();
  made->unknown_id_ = made->vocabulary_.find(made->setup_.unknown);
  if (made->unknown_id_ < 0)
    return fail(Code::kInvalidArgument,
                fmt::format("the vocabulary lacks the unknown token '{}'", made->setup_.unknown), {},
                "does unk_token name the one of this vocabulary?");
  for (char byte : made->setup_.continuing_prefix) made->continuing_hash_ = hash_byte(made->continuing_hash_, byte);
  return made;
}

void WordPiece::tokenize(std::string_view word, ModelScratch& scratch, std::vector<ModelToken>& out) const {
  const size_t before = out.size();
  const auto unknown = [&] {
    out.resize(before);
    out.push_back({unknown_id_, 0, static_cast<uint32_t>(word.size())});
  };
  if (setup_.whole_words) {
    const int32_t id = vocabulary_.find(word);
    out.push_back({id < 0 ? unknown_id_ : id, 0, static_cast<uint32_t>(word.size())});
    return;
  }
  const auto chars = static_cast<size_t>(std::ranges::count_if(word, [](char c) { return !continues_utf8(c); }));
  if (chars > setup_.word_chars_max) return unknown();
  for (size_t first = 0; first < word.size();) {
    const std::string_view prefix = first == 0 ? std::string_view() : setup_.continuing_prefix;
    uint64_t hash = first == 0 ? kHashSeed : continuing_hash_;
    // hashes[n]: of the piece that ends at bounds[n], each grown from the one before.
    scratch.hashes.clear();
    scratch.bounds.clear();
    const size_t longest = vocabulary_.piece_bytes_max() - std::min(vocabulary_.piece_bytes_max(), prefix.size());
    for (size_t at = first; at < word.size() && at - first < longest;) {
      const size_t end = at + utf8_length(word[at]);
      for (; at < end; ++at) hash = hash_byte(hash, word[at]);
      scratch.hashes.push_back(hash);
      scratch.bounds.push_back(static_cast<uint32_t>(at));
    }
    int32_t id = -1;
    size_t taken = scratch.bounds.size();
    for (; taken > 0; --taken) {
      const size_t end = scratch.bounds[taken - 1];
      if ((id = vocabulary_.find(prefix, word.substr(first, end - first), scratch.hashes[taken - 1])) >= 0) break;
    }
    if (id < 0) return unknown();
    out.push_back({id, static_cast<uint32_t>(first), scratch.bounds[taken - 1]});
    first = scratch.bounds[taken - 1];
  }
}

}  // namespace fovea::tokenize
