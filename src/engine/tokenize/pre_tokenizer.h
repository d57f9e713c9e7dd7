// The pre-tokenizer of a tokenizer.json: cuts normalised text into the pieces that the model sees.
// Threads: any, each with its own scratch.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "engine/tokenize/aligned_text.h"
#include "engine/tokenize/code_points.h"
#include "engine/tokenize/text_pattern.h"

namespace fovea::tokenize {

// What becomes of the matches (huggingface/tokenizers, SplitDelimiterBehavior).
enum class Delimiters { kRemoved, kIsolated, kMergedWithPrevious, kMergedWithNext, kContiguous };

struct BertSplit {};    // at white space, which goes, and around punctuation
struct WordSplit {};    // "Whitespace": \w+|[^\w\s]+
struct TraitSplit {     // "WhitespaceSplit", "Punctuation", "Digits": single characters
  uint32_t traits = 0;  // any of CodePointTrait
  Delimiters delimiters = Delimiters::kIsolated;
};
struct PatternSplit {  // "Split", "CharDelimiterSplit"
  std::shared_ptr<const TextPattern> pattern;
  Delimiters delimiters = Delimiters::kIsolated;
  bool invert = false;  // the matches are what stays
};
struct MetaspaceSplit {
  enum class Prepend { kAlways, kFirst, kNever };
  std::string replacement = "\u2581";  // one character
  Prepend prepend = Prepend::kAlways;
  bool split = true;
};
struct ByteLevelSplit {
  bool add_prefix_space = true, use_regex = true;
  bool letters = false;  // what follows reads GPT-2's letters; else the bytes themselves
};

using PreTokenizerStep = std::variant<BertSplit, WordSplit, TraitSplit, PatternSplit, MetaspaceSplit, ByteLevelSplit>;

// Bytes [begin, end) of the normalised text; never empty.
struct Piece {
  uint32_t begin = 0, end = 0;
  uint32_t origin = 0;  // where its part of the original starts
};

struct PreTokenizerScratch {
  AlignedText text;
  std::vector<Piece> pieces;
  std::vector<Match> matches;
};

class PreTokenizer {
 public:
  explicit PreTokenizer(std::vector<PreTokenizerStep> steps = {}) : steps_(std::move(steps)) {}

  // Cuts `pieces` of `text` further; steps that change the text put another one in its place.
  void run(AlignedText& text, std::vector<Piece>& pieces, PreTokenizerScratch& scratch) const;

 private:
  void split_bert(const AlignedText& text, const Piece& piece, std::vector<Piece>& out) const;
  void find_words(std::string_view text, std::vector<Match>& out) const;
  void find_traits(std::string_view text, uint32_t traits, std::vector<Match>& out) const;
  void metaspace(const MetaspaceSplit& step, AlignedText& text, std::vector<Piece>& pieces,
                 PreTokenizerScratch& scratch) const;
  void byte_level(const ByteLevelSplit& step, AlignedText& text, std::vector<Piece>& pieces,
                  PreTokenizerScratch& scratch) const;

  CodePoints points_;
  std::vector<PreTokenizerStep> steps_;
};

}  // namespace fovea::tokenize
