// Pieces and their ids: an open-addressed hash table, looked up by bytes; and pieces by id.
// Threads: any, after create().
// Errors: kInvalidArgument for an empty or too large vocabulary, or a piece that is too long; `where` is the piece.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace fovea::tokenize {

// FNV-1a, so that a prefix's hash grows byte by byte.
constexpr uint64_t kHashSeed = 0xCBF29CE484222325u;
constexpr uint64_t hash_byte(uint64_t hash, char byte) {
  return (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3u;
}

class Vocabulary {
 public:
  Vocabulary() = default;
  // Where a piece appears twice, the later id stands, as in the reference.
  static Result<Vocabulary> create(const std::vector<std::pair<std::string, int32_t>>& pieces);

  int32_t find(std::string_view piece) const;                                         // -1: none
  int32_t find(std::string_view piece, uint64_t hash) const;                          // with the FNV-1a of `piece`
  int32_t find(std::string_view prefix, std::string_view rest, uint64_t hash) const;  // a piece in two parts
  std::optional<std::string_view> piece(int32_t id) const;
  size_t size() const { return count_; }
  int32_t id_max() const { return id_max_; }
  size_t piece_bytes_max() const { return piece_bytes_max_; }

 private:
  static constexpr uint32_t kNoSlot = UINT32_MAX;
  struct Slot {
    uint32_t hash = 0, begin = 0, length = 0;
    int32_t id = -1;
  };

  std::string bytes_;
  std::vector<Slot> slots_;      // a power of two, at most half full
  std::vector<uint32_t> by_id_;  // [id_max + 1] slots; kNoSlot: no piece has it
  size_t count_ = 0, piece_bytes_max_ = 0;
  int32_t id_max_ = -1;
};

}  // namespace fovea::tokenize
