// The tokens of pieces that were seen lately: a direct-mapped table, looked up by all bytes of the piece, so that an
// entry is never taken for another.
// Threads: one.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engine/tokenize/subword_model.h"

namespace fovea::tokenize {

class PieceCache {
 public:
  PieceCache() : entries_(kEntries) {}

  static uint64_t hash_of(std::string_view piece);
  // Appends the piece's tokens; false where it is not there.
  bool find(std::string_view piece, uint64_t hash, std::vector<ModelToken>& out) const;
  // Keeps them where they are few, short and lie end to end.
  void keep(std::string_view piece, uint64_t hash, std::span<const ModelToken> tokens);

  static constexpr size_t kBytesMax = 38, kTokensMax = 16;

 private:
  static constexpr size_t kEntries = 1 << 12;  // of 128 bytes: half a MiB, which stays in L2
  struct Entry {
    uint64_t hash = 0;
    uint8_t length = 0, count = 0;  // 0 tokens: empty
    std::array<char, kBytesMax> bytes{};
    std::array<int32_t, kTokensMax> ids{};
    std::array<uint8_t, kTokensMax> ends{};
  };
  static_assert(sizeof(Entry) == 128);

  std::vector<Entry> entries_;
};

}  // namespace fovea::tokenize
