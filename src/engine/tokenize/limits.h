// What a tokenizer reads and holds.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fovea::tokenize {

constexpr size_t kTextBytesMax = 16u << 20;    // of one text; the rest counts as truncated
constexpr size_t kVocabularyMax = 2'000'000;   // pieces
constexpr size_t kPieceBytesMax = 1'024;       // of one piece
constexpr uint64_t kFileBytesMax = 64u << 20;  // of tokenizer.json or an older file
constexpr size_t kWordCharsMax = 100;          // longer words are [UNK], as BERT's max_input_chars_per_word
constexpr size_t kSpecialTokensMax = 10'000;
constexpr size_t kMergesMax = 4'000'000;        // of a BPE model
constexpr size_t kScratchBytesKept = 1u << 20;  // of text: scratch that has grown beyond it is let go
constexpr size_t kStepsMax = 64;                // of a normalizer or a pre-tokenizer
constexpr size_t kExpressionBytesMax = 4'096;   // of a regular expression
constexpr int32_t kExpressionSteps = 200;       // of 10,000 each, for one match: ICU's time limit
constexpr int32_t kExpressionStackBytes = 8 << 20;

}  // namespace fovea::tokenize
