#include "engine/tokenize/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "engine/tokenize/limits.h"

namespace fovea::tokenize {
namespace {

uint64_t hash_of(std::string_view piece) {
  uint64_t hash = kHashSeed;
  for (char byte : piece) hash = hash_byte(hash, byte);
  return hash;
}

// FNV's low bits are weak for short pieces; the high half goes in.
uint32_t fold(uint64_t hash) {
  return static_cast<uint32_t>(hash ^ (hash >> 32));
}

}  // namespace

Result<Vocabulary> Vocabulary::create(const std::vector<std::pair<std::string, int32_t>>& pieces) {
  if (pieces.empty())
    return fail(Code::kInvalidArgument, "the vocabulary is empty", {}, "the file is damaged; fetch it again");
  if (pieces.size() > kVocabularyMax)
    return fail(Code::kInvalidArgument, fmt::format("the vocabulary has more than {} pieces", kVocabularyMax));
  Vocabulary made;
  made.slots_.resize(std::bit_ceil(pieces.size() * 2));
  const size_t mask = made.slots_.size() - 1;
  for (const auto& [piece, id] : pieces) {
    if (piece.size() > kPieceBytesMax)
      return fail(Code::kInvalidArgument, fmt::format("a piece of more than {} bytes", kPieceBytesMax),
                  piece.substr(0, 40));
    if (id < 0 || static_cast<size_t>(id) >= kVocabularyMax)
      return fail(Code::kInvalidArgument, fmt::format("id {} is out of range", id), piece.substr(0, 40));
    const uint32_t hash = fold(hash_of(piece));
    size_t at = hash & mask;
    const auto same = [&](const Slot& slot) {
      return slot.hash == hash && std::string_view(made.bytes_).substr(slot.begin, slot.length) == piece;
    };
    while (made.slots_[at].id >= 0 && !same(made.slots_[at])) at = (at + 1) & mask;
    if (made.slots_[at].id < 0) {
      made.slots_[at] = {hash, static_cast<uint32_t>(made.bytes_.size()), static_cast<uint32_t>(piece.size()), id};
      made.bytes_ += piece;
      ++made.count_;
    }
    made.slots_[at].id = id;
    if (made.by_id_.size() <= static_cast<size_t>(id)) made.by_id_.resize(static_cast<size_t>(id) + 1, kNoSlot);
    made.by_id_[static_cast<size_t>(id)] = static_cast<uint32_t>(at);
    made.id_max_ = std::max(made.id_max_, id);
    made.piece_bytes_max_ = std::max(made.piece_bytes_max_, piece.size());
  }
  return made;
}

std::optional<std::string_view> Vocabulary::piece(int32_t id) const {
  if (id < 0 || static_cast<size_t>(id) >= by_id_.size()) return std::nullopt;
  const uint32_t slot = by_id_[static_cast<size_t>(id)];
  if (slot == kNoSlot) return std::nullopt;
  return std::string_view(bytes_).substr(slots_[slot].begin, slots_[slot].length);
}

int32_t Vocabulary::find(std::string_view piece) const {
  return find(piece, hash_of(piece));
}

int32_t Vocabulary::find(std::string_view piece, uint64_t hash) const {
  return find({}, piece, hash);
}

int32_t Vocabulary::find(std::string_view prefix, std::string_view rest, uint64_t hash) const {
  if (slots_.empty()) return -1;
  const uint32_t folded = fold(hash);
  const size_t mask = slots_.size() - 1;
  for (size_t at = folded & mask; slots_[at].id >= 0; at = (at + 1) & mask) {
    const Slot& slot = slots_[at];
    if (slot.hash != folded || slot.length != prefix.size() + rest.size()) continue;
    const std::string_view piece(bytes_.data() + slot.begin, slot.length);
    if (piece.starts_with(prefix) && piece.substr(prefix.size()) == rest) return slot.id;
  }
  return -1;
}

}  // namespace fovea::tokenize
