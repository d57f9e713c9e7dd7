#include "engine/tokenize/word_piece.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "engine/tokenize/limits.h"

namespace fovea::tokenize {

Result<std::unique_ptr<WordPiece>> WordPiece::create(WordPieceSetup setup) {
  std::unique_ptr<WordPiece> made(new WordPiece(std::move(setup)));
  FOVEA_TRY(made->vocabulary_, Vocabulary::create(made->setup_.pieces));
  made->setup_.pieces.clear();
  made->setup_.pieces.shrink_to_fit();
  made->unknown_id_ = made->vocabulary_.find(made->setup_.unknown);
  if (made->unknown_id_ < 0)
    return fail(Code::kInvalidArgument,
                fmt::format("the vocabulary lacks the unknown token '{}'", made->setup_.unknown));
  if (made->setup_.special.size() > kSpecialTokensMax)
    return fail(Code::kInvalidArgument, fmt::format("more than {} special tokens", kSpecialTokensMax));
  made->id_max_ = made->vocabulary_.id_max();
  for (char byte : made->setup_.continuing_prefix) made->continuing_hash_ = hash_byte(made->continuing_hash_, byte);
  std::erase_if(made->setup_.special, [](const SpecialToken& token) { return token.text.empty(); });
  // Where two start at the same byte the longer one stands.
  std::stable_sort(made->setup_.special.begin(), made->setup_.special.end(),
                   [](const SpecialToken& a, const SpecialToken& b) { return a.text.size() > b.text.size(); });
  for (const SpecialToken& token : made->setup_.special) {
    made->special_first_[static_cast<unsigned char>(token.text[0])] = true;
    made->id_max_ = std::max<int64_t>(made->id_max_, token.id);
  }
  return made;
}

const SpecialToken* WordPiece::special_at(std::string_view text, size_t at) const {
  if (!special_first_[static_cast<unsigned char>(text[at])]) return nullptr;
  for (const SpecialToken& token : setup_.special)
    if (text.substr(at).starts_with(token.text)) return &token;
  return nullptr;
}

// Appends the word's pieces; false where `room` (for all tokens of the text) was too small for them.
bool WordPiece::add_word(size_t room, Scratch& scratch, Encoding& out) const {
  const auto& word = scratch.word;
  auto& hashes = scratch.hashes;
  auto& piece = scratch.piece;
  const size_t chars = word.chars(), before = out.ids.size();
  const auto starts_at = [&](size_t i) { return i < chars ? word.starts[i] : static_cast<uint32_t>(word.text.size()); };
  bool known = chars <= setup_.word_chars_max;
  for (size_t first = 0; known && first < chars;) {
    const std::string_view prefix = first == 0 ? std::string_view() : setup_.continuing_prefix;
    uint64_t hash = first == 0 ? kHashSeed : continuing_hash_;
    hashes.clear();  // hashes[n]: FNV-1a of the piece of n + 1 characters, each grown from the one before
    const uint32_t begin = starts_at(first);
    for (size_t last = first;
         last < chars && starts_at(last + 1) - begin + prefix.size() <= vocabulary_.piece_bytes_max(); ++last) {
      for (uint32_t i = starts_at(last); i < starts_at(last + 1); ++i) hash = hash_byte(hash, word.text[i]);
      hashes.push_back(hash);
    }
    piece.assign(prefix);
    piece.append(word.text, begin, starts_at(first + hashes.size()) - begin);
    size_t taken = hashes.size();
    int32_t id = -1;
    for (; taken > 0; --taken) {
      const size_t bytes = prefix.size() + starts_at(first + taken) - begin;
      if ((id = vocabulary_.find(std::string_view(piece).substr(0, bytes), hashes[taken - 1])) >= 0) break;
    }
    if (id < 0) {
      known = false;
      break;
    }
    out.ids.push_back(id);
    out.spans.push_back(word.span(first, first + taken));
    first += taken;
  }
  if (!known) {
    out.ids.resize(before);
    out.spans.resize(before);
    out.ids.push_back(unknown_id_);
    out.spans.push_back(word.span(0, chars));
  }
  if (out.ids.size() <= room) return true;
  out.ids.resize(room);
  out.spans.resize(room);
  out.truncated = true;
  return false;
}

void WordPiece::encode(std::string_view text, size_t tokens_max, Encoding& out) const {
  FOVEA_CHECK(tokens_max >= special_tokens());
  out.clear();
  const size_t room = tokens_max - setup_.after.size();
  for (int32_t id : setup_.before) out.ids.push_back(id);
  out.spans.resize(out.ids.size());
  if (text.size() > kTextBytesMax) {
    text = text.substr(0, kTextBytesMax);
    out.truncated = true;
  }
  Scratch scratch;
  const auto take = [&](const Word&) { return add_word(room, scratch, out); };
  bool go_on = true;
  for (size_t begin = 0; go_on && begin < text.size();) {
    size_t end = begin;
    const SpecialToken* special = nullptr;
    while (end < text.size() && !(special = special_at(text, end))) ++end;
    go_on = text_.split(text, begin, end, scratch.word, take);
    begin = end;
    if (!special || !go_on) continue;
    if ((go_on = out.ids.size() < room)) {
      begin = end + special->text.size();
      out.ids.push_back(special->id);
      out.spans.push_back({static_cast<uint32_t>(end), static_cast<uint32_t>(begin)});
    } else {
      out.truncated = true;
    }
  }
  for (int32_t id : setup_.after) out.ids.push_back(id);
  out.spans.resize(out.ids.size());
}

}  // namespace fovea::tokenize
