// A stretch of digits with the separators that people write between them: where phone numbers, cards and ids are looked
// for. Full-width digits count as digits.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trust/privacy/redact.h"

namespace fovea::privacy {

// One run of digits; `gap` is what stands between it and the run before: 0 for the first, else ' ', '-', '.', '(' (any
// mix with parentheses).
struct Group {
  size_t begin = 0, end = 0;  // bytes
  std::string digits;         // ASCII
  char gap = 0;
};

struct Chain {
  std::string_view text;
  std::vector<Group> groups;
  bool plus = false;  // a '+' stands before the first group
  size_t begin = 0;   // of the first digit, or of the '+' or '(' before it
  size_t end = 0;
};

inline constexpr size_t kChainGroupsMax = 24;

// The length in bytes of the digit at `at` (1 ASCII, 3 full-width), 0 where there is none; its value in `digit`.
size_t digit_at(std::string_view text, size_t at, char& digit);

// Reads the chain whose first digit is at `at`.
Chain read_chain(std::string_view text, size_t at);

bool is_word_byte(unsigned char c);                                  // ASCII letter, digit or '_'
bool touches_word(std::string_view text, size_t begin, size_t end);  // an ASCII letter, '_' or a decimal part adjoins

// Words that tell what a number after them is: "card|卡号", lower case; those in ASCII are meant as whole words.
struct Words {
  std::string_view list;
  std::array<bool, 256> first{};  // bytes that begin one
  constexpr explicit Words(std::string_view words) : list(words) {
    for (size_t i = 0; i < words.size(); ++i) {
      if (i == 0 || words[i - 1] == '|') first[static_cast<unsigned char>(words[i])] = true;
    }
  }
};

// What stands between the nearest of the words and the number at `begin`; nothing where none is within 40 bytes before
// it.
std::optional<std::string_view> after_word(std::string_view text, size_t begin, const Words& words);

// What stands in the chain, appended to `out` in order.
void find_in_chain(const Chain& chain, Kinds kinds, std::vector<Span>& out);

}  // namespace fovea::privacy
