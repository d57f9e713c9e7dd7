// Tiles and entry bundles: where the hashes and the entries of a log stand as files (C2SP tlog-tiles).
// A tile of level L holds up to 256 hashes, each the root of 256^L leaves; a bundle holds up to 256 entries, each
// behind its length in two bytes, big endian.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "trust/audit/limits.h"

namespace fovea::audit {

std::string tile_index_text(uint64_t index);                            // 1234067 → "x001/x234/067"
std::string tile_path(unsigned level, uint64_t index, uint64_t width);  // "tile/0/x001/x234/067.p/112"; full: no ".p"
std::string bundle_path(uint64_t index, uint64_t width);                // "tile/entries/000.p/44"

struct TileName {
  bool entries = false;
  unsigned level = 0;
  uint64_t index = 0;
  uint64_t width = kTileHashes;
};
Result<TileName> parse_tile_path(std::string_view path);  // strict: the text that the two functions above write

std::string tile_bytes(std::span<const Digest> hashes);
Result<std::vector<Digest>> parse_tile(std::string_view bytes, uint64_t width);
Result<void> add_entry(std::string_view entry, std::string& bundle);  // kOutOfRange over 65,535 bytes
Result<std::vector<std::string_view>> parse_bundle(std::string_view bytes, uint64_t width);  // views into `bytes`

}  // namespace fovea::audit
