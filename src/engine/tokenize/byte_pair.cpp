#include "engine/tokenize/byte_pair.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "engine/tokenize/aligned_text.h"
#include "engine/tokenize/limits.h"
#include "engine/tokenize/normalizer.h"

namespace fovea::tokenize {
namespace {

using Symbol = ModelScratch::Symbol;
using Merge = ModelScratch::Merge;

constexpr size_t kFewSymbols = 32;  // up to so many a scan for the lowest rank is faster than a heap
constexpr uint32_t kNoRank = UINT32_MAX;

uint64_t pair_of(int32_t left, int32_t right) {
  return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
}

size_t slot_of(uint64_t pair) {
  return static_cast<size_t>((pair * 0x9E3779B97F4A7C15u) >> 20);
}

// The heap's order: the lowest rank, then the leftmost, on top.
bool later(const Merge& a, const Merge& b) {
  return a.rank != b.rank ? a.rank > b.rank : a.at > b.at;
}

}  // namespace

Result<std::unique_ptr<BytePair>> BytePair::create(BytePairSetup setup) {
  std::unique_ptr<BytePair> made(new BytePair(std::move(setup)));
  FOVEA_TRY(made->vocabulary_, Vocabulary::create(made->setup_.pieces));
  made->setup_.pieces = {};
  if (made->setup_.unknown) {
    made->unknown_id_ = made->vocabulary_.find(*made->setup_.unknown);
    if (made->unknown_id_ < 0)
      return fail(Code::kInvalidArgument,
                  fmt::format("the vocabulary lacks the unknown token '{}'", *made->setup_.unknown));
  }
  FOVEA_OK(made->add_merges());
  made->setup_.merges = {};
  return made;
}

Result<void> BytePair::add_merges() {
  if (setup_.merges.size() > kMergesMax)
    return fail(Code::kInvalidArgument, fmt::format("more than {} merges", kMergesMax), "merges");
  merges_.resize(std::bit_ceil(setup_.merges.size() * 2 + 1));
  const size_t mask = merges_.size() - 1;
  for (size_t rank = 0; rank < setup_.merges.size(); ++rank) {
    const auto& [left, right] = setup_.merges[rank];
    const auto where = [&] { return fmt::format("merges[{}]", rank); };
    if (right.size() < setup_.continuing_prefix.size())
      return fail(Code::kInvalidArgument, "is shorter than continuing_subword_prefix", where());
    const std::string whole = left + right.substr(setup_.continuing_prefix.size());
    int32_t ids[3] = {};
    for (size_t i = 0; i < 3; ++i) {
      const std::string& part = i == 0 ? left : i == 1 ? right : whole;
      if ((ids[i] = vocabulary_.find(part)) < 0)
        return fail(Code::kInvalidArgument, fmt::format("'{}' is not in the vocabulary", part), where());
    }
    const uint64_t pair = pair_of(ids[0], ids[1]);
    size_t at = slot_of(pair) & mask;
    while (merges_[at].id >= 0 && merges_[at].pair != pair) at = (at + 1) & mask;
    merges_[at] = {pair, static_cast<uint32_t>(rank), ids[2]};  // where a pair stands twice, the later counts
  }
  return {};
}

const BytePair::Slot* BytePair::find_merge(int32_t left, int32_t right) const {
  const uint64_t pair = pair_of(left, right);
  const size_t mask = merges_.size() - 1;
  for (size_t at = slot_of(pair) & mask; merges_[at].id >= 0; at = (at + 1) & mask)
    if (merges_[at].pair == pair) return &merges_[at];
  return nullptr;
}

int32_t BytePair::id_with_affixes(std::string_view character, Affixes affixes, std::string& text) const {
  if ((affixes.first || setup_.continuing_prefix.empty()) && (!affixes.last || setup_.end_suffix.empty()))
    return vocabulary_.find(character);
  text.clear();
  if (!affixes.first) text += setup_.continuing_prefix;
  text += character;
  if (affixes.last) text += setup_.end_suffix;
  return vocabulary_.find(text);
}

bool BytePair::read_bytes() {
  std::string letter, text;
  for (size_t kind = 0; kind < 4; ++kind) {
    for (size_t byte = 0; byte < 256; ++byte) {
      letter.clear();
      append_utf8(byte_letter(static_cast<unsigned char>(byte)), letter);
      const int32_t id = id_with_affixes(letter, {(kind & 1) != 0, (kind & 2) != 0}, text);
      if (id < 0) return false;
      byte_ids_[kind][byte] = id;
    }
  }
  return bytes_ = true;
}

void BytePair::start_with_bytes(std::string_view piece, ModelScratch& scratch) const {
  const size_t last = piece.size() - 1;
  for (size_t i = 0; i < piece.size(); ++i) {
    const auto& ids = byte_ids_[(i == 0 ? 1u : 0u) + (i == last ? 2u : 0u)];
    scratch.symbols.push_back({ids[static_cast<unsigned char>(piece[i])], 1});
  }
}

bool BytePair::add_fallback(std::string_view character, Affixes affixes, ModelScratch& scratch) const {
  std::string spelt = (affixes.first ? "" : setup_.continuing_prefix) + std::string(character) +
                      (affixes.last ? setup_.end_suffix : "");
  const size_t before = scratch.symbols.size();
  for (char byte : spelt) {
    const int32_t id = vocabulary_.find(fmt::format("<0x{:02X}>", static_cast<unsigned char>(byte)));
    if (id < 0) {
      scratch.symbols.resize(before);
      return false;
    }
    scratch.symbols.push_back({id, 1});
  }
  return true;
}

void BytePair::start_with_characters(std::string_view piece, ModelScratch& scratch) const {
  uint32_t unknown = 0;  // bytes of the unknown characters that wait for their token
  const auto flush = [&] {
    if (unknown > 0) scratch.symbols.push_back({unknown_id_, unknown});
    unknown = 0;
  };
  for (size_t at = 0; at < piece.size();) {
    const size_t length = std::min(utf8_length(piece[at]), piece.size() - at);
    const std::string_view character = piece.substr(at, length);
    const Affixes affixes{at == 0, at + length == piece.size()};
    at += length;
    if (const int32_t id = id_with_affixes(character, affixes, scratch.text); id >= 0) {
      flush();
      scratch.symbols.push_back({id, static_cast<uint32_t>(length)});
      continue;
    }
    // As in the reference, an unknown token that waits comes behind the bytes of a later character.
    if (setup_.byte_fallback && add_fallback(character, affixes, scratch)) continue;
    if (unknown_id_ < 0) continue;
    if (!setup_.fuse_unknown) flush();
    unknown += static_cast<uint32_t>(length);
  }
  flush();
}

void BytePair::merge_few(std::vector<Symbol>& symbols, std::vector<Merge>& merges) const {
  const auto merge_at = [&](size_t i) -> Merge {
    if (i + 1 >= symbols.size()) return {kNoRank, 0, -1};
    const Slot* found = find_merge(symbols[i].id, symbols[i + 1].id);
    return found ? Merge{found->rank, 0, found->id} : Merge{kNoRank, 0, -1};
  };
  merges.clear();
  for (size_t i = 0; i + 1 < symbols.size(); ++i) merges.push_back(merge_at(i));  // [i] of symbols i and i + 1
  while (!merges.empty()) {
    size_t best = 0;
    for (size_t i = 1; i < merges.size(); ++i)
      if (merges[i].rank < merges[best].rank) best = i;
    if (merges[best].rank == kNoRank) return;
    symbols[best].id = merges[best].id;
    symbols[best].length += symbols[best + 1].length;
    symbols.erase(symbols.begin() + static_cast<ptrdiff_t>(best) + 1);
    merges.erase(merges.begin() + static_cast<ptrdiff_t>(best));
    if (best < merges.size()) merges[best] = merge_at(best);
    if (best > 0) merges[best - 1] = merge_at(best - 1);
  }
}

void BytePair::merge_many(std::vector<Symbol>& symbols, std::vector<Merge>& queue) const {
  const auto count = static_cast<int32_t>(symbols.size());
  const auto offer = [&](int32_t left) {
    const int32_t right = symbols[static_cast<size_t>(left)].behind;
    if (right < 0) return;
    const Slot* found = find_merge(symbols[static_cast<size_t>(left)].id, symbols[static_cast<size_t>(right)].id);
    if (!found) return;
    queue.push_back({found->rank, static_cast<uint32_t>(left), found->id});
    std::push_heap(queue.begin(), queue.end(), later);
  };
  queue.clear();
  for (int32_t i = 0; i < count; ++i) {
    symbols[static_cast<size_t>(i)].before = i - 1;
    symbols[static_cast<size_t>(i)].behind = i + 1 < count ? i + 1 : -1;
  }
  for (int32_t i = 0; i < count; ++i) offer(i);
  while (!queue.empty()) {
    const Merge top = queue.front();
    std::pop_heap(queue.begin(), queue.end(), later);
    queue.pop_back();
    Symbol& left = symbols[top.at];
    if (left.length == 0 || left.behind < 0) continue;
    Symbol& right = symbols[static_cast<size_t>(left.behind)];
    const Slot* found = find_merge(left.id, right.id);
    if (!found || found->id != top.id) continue;  // one of the two has been merged since
    left.id = top.id;
    left.length += right.length;
    left.behind = right.behind;
    right.length = 0;
    if (left.behind >= 0) symbols[static_cast<size_t>(left.behind)].before = static_cast<int32_t>(top.at);
    if (left.before >= 0) offer(left.before);
    offer(static_cast<int32_t>(top.at));
  }
}

void BytePair::tokenize(std::string_view piece, ModelScratch& scratch, std::vector<ModelToken>& out) const {
  if (setup_.ignore_merges) {
    scratch.text.assign(piece);
    if (bytes_) {
      scratch.text.clear();
      for (char byte : piece) append_utf8(byte_letter(static_cast<unsigned char>(byte)), scratch.text);
    }
    if (const int32_t id = vocabulary_.find(scratch.text); id >= 0)
      return out.push_back({id, 0, static_cast<uint32_t>(piece.size())});
  }
  scratch.symbols.clear();
  if (bytes_) {
    start_with_bytes(piece, scratch);
  } else {
    start_with_characters(piece, scratch);
  }
  if (scratch.symbols.size() <= kFewSymbols) {
    merge_few(scratch.symbols, scratch.merges);
  } else {
    merge_many(scratch.symbols, scratch.merges);
  }
  uint32_t at = 0;
  for (const Symbol& symbol : scratch.symbols) {
    if (symbol.length == 0) continue;
    out.push_back({symbol.id, at, at + symbol.length});
    at += symbol.length;
  }
}

}  // namespace fovea::tokenize
