#include "engine/tokenize/piece_cache.h"

#include <algorithm>
#include <cstring>

namespace fovea::tokenize {

// Eight bytes at a time, mixed as in MurmurHash2's 64-bit form (A. Appleby).
uint64_t PieceCache::hash_of(std::string_view piece) {
  constexpr uint64_t kFactor = 0xC6A4A7935BD1E995u;
  uint64_t hash = piece.size() * kFactor;
  const auto mix = [&](uint64_t word) {
    word *= kFactor;
    word ^= word >> 47;
    hash = (hash ^ (word * kFactor)) * kFactor;
  };
  size_t at = 0;
  for (uint64_t word; at + 8 <= piece.size(); at += 8) {
    std::memcpy(&word, piece.data() + at, 8);
    mix(word);
  }
  if (at < piece.size()) {
    uint64_t word = 0;
    std::memcpy(&word, piece.data() + at, piece.size() - at);
    mix(word);
  }
  return hash ^ (hash >> 29);
}

bool PieceCache::find(std::string_view piece, uint64_t hash, std::vector<ModelToken>& out) const {
  const Entry& entry = entries_[hash & (kEntries - 1)];
  if (entry.count == 0 || entry.hash != hash || std::string_view(entry.bytes.data(), entry.length) != piece)
    return false;
  uint32_t begin = 0;
  for (size_t i = 0; i < entry.count; ++i) {
    out.push_back({entry.ids[i], begin, entry.ends[i]});
    begin = entry.ends[i];
  }
  return true;
}

void PieceCache::keep(std::string_view piece, uint64_t hash, std::span<const ModelToken> tokens) {
  if (piece.size() > kBytesMax || tokens.empty() || tokens.size() > kTokensMax) return;
  uint32_t at = 0;
  for (const ModelToken& token : tokens) {
    if (token.begin != at) return;
    at = token.end;
  }
  Entry& entry = entries_[hash & (kEntries - 1)];
  entry.hash = hash;
  entry.length = static_cast<uint8_t>(piece.size());
  entry.count = static_cast<uint8_t>(tokens.size());
  std::ranges::copy(piece, entry.bytes.begin());
  for (size_t i = 0; i < tokens.size(); ++i) {
    entry.ids[i] = tokens[i].id;
    entry.ends[i] = static_cast<uint8_t>(tokens[i].end);
  }
}

}  // namespace fovea::tokenize
