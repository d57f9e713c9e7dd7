// Tokens that are found in the text before the model sees it: special ones ("[SEP]") and those that were added to a
// trained vocabulary. Of those that start at the same place the longest stands. Equal to the reference
// (huggingface/tokenizers, tokenizer/added_vocabulary.rs). Threads: any, once built.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/tokenize/byte_trie.h"
#include "engine/tokenize/code_points.h"

namespace fovea::tokenize {

struct AddedToken {
  std::string text;
  int32_t id = -1;
  bool single_word = false;             // only where no word goes on before or behind it
  bool lstrip = false, rstrip = false;  // takes the white space before, behind it
  bool normalized = false;              // is looked for in the normalised text
  bool special = true;                  // is left out of decoded texts where that is asked for
};

class AddedTokens {
 public:
  AddedTokens() = default;
  explicit AddedTokens(std::vector<AddedToken> tokens);

  // Calls `take(begin, end, token)` for the tokens of the text (token is null for what lies between), in order, until
  // it answers false.
  template <typename Take>
  void find(std::string_view text, const Take& take) const {
    size_t from = 0;
    if (!trie_.empty()) {
      for (size_t at = 0; at < text.size();) {
        if (!starts_[static_cast<unsigned char>(text[at])]) {
          ++at;
          continue;
        }
        size_t end = at;
        const AddedToken* token = longest_at(text, at, end);
        if (token == nullptr) {
          ++at;
          continue;
        }
        size_t begin = at;
        at = end;
        if (!widen(text, *token, from, begin, end)) continue;
        if (from < begin && !take(from, begin, nullptr)) return;
        if (!take(begin, end, token)) return;
        from = end;
        at = std::max(at, end);
      }
    }
    if (from < text.size()) take(from, text.size(), nullptr);
  }
  bool empty() const { return trie_.empty(); }

 private:
  const AddedToken* longest_at(std::string_view text, size_t at, size_t& end) const;
  // Applies single_word (false: no match), lstrip and rstrip.
  bool widen(std::string_view text, const AddedToken& token, size_t from, size_t& begin, size_t& end) const;

  CodePoints points_;
  std::vector<AddedToken> tokens_;
  ByteTrie trie_;
  bool starts_[256] = {};
};

}  // namespace fovea::tokenize
