// What a tokenizer reads and holds.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fovea::tokenize {

constexpr size_t kTextBytesMax = 16u << 20;    // of one text; the rest counts as truncated
constexpr size_t kVocabularyMax = 2'000'000;   // pieces
constexpr size_t kPieceBytesMax = 1'024;       // of one piece
constexpr uint64_t kFileBytesMax = 64u << 20;  // of vocab.txt or tokenizer.json
constexpr size_t kWordCharsMax = 100;          // longer words are [UNK], as BERT's max_input_chars_per_word
constexpr size_t kSpecialTokensMax = 10'000;

}  // namespace fovea::tokenize
