// What the reference tokenizers know of a code point. Each of their parts has Unicode tables of another age: BERT's
// categories are those of Unicode 8, the normal forms those of 9, regular expressions and `\w` those of 16, numbers
// and clusters those of 17. ICU 72 (Unicode 15) gives most of it; what is older goes by the character's age, what is
// newer stands in short lists.
// Threads: any.
#pragma once

#include <cstdint>
#include <vector>

namespace fovea::tokenize {

enum CodePointTrait : uint32_t {
  kSpace = 1u << 0,           // White_Space
  kLetter = 1u << 1,          // \p{L}
  kNumber = 1u << 2,          // \p{N}
  kWordPart = 1u << 3,        // \w of the Rust regex crate
  kNumeric = 1u << 4,         // Rust's char::is_numeric
  kPunctuation = 1u << 5,     // ASCII's, and \p{P} as of Unicode 8
  kBertRemoved = 1u << 6,     // NUL, U+FFFD, controls and formats as of Unicode 8
  kBertMark = 1u << 7,        // \p{Mn} as of Unicode 8
  kChinese = 1u << 8,         // BERT's list of blocks
  kCombining = 1u << 9,       // \p{M} as of Unicode 9
  kHasLower = 1u << 10,       // lower_case() changes it
  kJoinsBefore = 1u << 11,    // Extend, ZWJ or SpacingMark: continues a grapheme cluster
  kJoinsAfter = 1u << 12,     // Prepend: the cluster goes on behind it
  kBreaksCluster = 1u << 13,  // Control, CR or LF
  kNfcStable = 1u << 14,      // text of such characters alone is in that form
  kNfdStable = 1u << 15,
  kNfkcStable = 1u << 16,
  kNfkdStable = 1u << 17,
  kUppercase = 1u << 18,  // \p{Lu} \p{Lt}
  kLowercase = 1u << 19,  // \p{Ll}
  kMark = 1u << 20,       // \p{M}
};

class CodePoints {
 public:
  CodePoints() : plane_(basic_plane().data()) {}
  uint32_t traits(char32_t c) const { return c < 0x10000 ? plane_[c] : compute(c); }
  bool has(char32_t c, uint32_t any_of) const { return (traits(c) & any_of) != 0; }

 private:
  static uint32_t compute(char32_t c);
  static const std::vector<uint32_t>& basic_plane();
  const uint32_t* plane_;  // [65536] a constant, computed once in a process
};

// One code point; U+0130, whose lower case is two, gives 'i' (and U+0307 follows it).
char32_t lower_case(char32_t c);

// As of Unicode 9, as the normal forms of the reference: what came later has class 0 and no mapping.
bool in_unicode_9(char32_t c);

}  // namespace fovea::tokenize
