// SentencePiece's precompiled character map: a double-array trie from character sequences to what replaces them
// (sentencepiece, src/normalizer.cc), read the way the reference reads it (crate spm_precompiled 0.1.4): by grapheme
// clusters of up to five bytes, of which the shortest known prefix stands for all; else by single characters.
// Threads: any. Errors: kInvalidArgument for a map that is cut short or not UTF-8.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/tokenize/aligned_text.h"
#include "engine/tokenize/code_points.h"

namespace fovea::tokenize {

class Charsmap {
 public:
  static Result<Charsmap> create(std::string_view bytes);  // the file's base64, decoded

  // False where nothing is replaced; `out` is then left as it was.
  bool apply(const CodePoints& points, const AlignedText& in, uint32_t origin, AlignedText& out) const;

 private:
  std::optional<std::string_view> replacement(std::string_view characters) const;
  size_t cluster_end(const CodePoints& points, std::string_view text, size_t begin) const;

  std::vector<uint32_t> trie_;
  std::string replacements_;  // each ends with NUL
  std::array<bool, 128> ascii_changes_{};
};

}  // namespace fovea::tokenize
