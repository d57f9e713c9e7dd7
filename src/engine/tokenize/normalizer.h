// The normalizer of a tokenizer.json: a list of steps, each over the whole of a text between special tokens.
// Threads: any, each with its own scratch. Never fails: a step whose regular expression gives up leaves the rest.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "engine/tokenize/aligned_text.h"
#include "engine/tokenize/charsmap.h"
#include "engine/tokenize/code_points.h"
#include "engine/tokenize/text_pattern.h"
#include "engine/tokenize/unicode_form.h"

namespace fovea::tokenize {

// huggingface/tokenizers, normalizers/bert.rs
struct BertStep {
  bool clean_text = true, handle_chinese_chars = true, strip_accents = true, lowercase = true;
};
struct FormStep {
  UnicodeForm form = UnicodeForm::kNfc;
};
struct LowercaseStep {};
struct StripAccentsStep {};
struct NmtStep {};          // SentencePiece's rules for control characters and spaces
struct ByteLettersStep {};  // "ByteLevel": each byte becomes one of GPT-2's 256 letters
struct StripStep {
  bool left = true, right = true;
};
struct PrependStep {
  std::string text;
};
struct ReplaceStep {
  std::shared_ptr<const TextPattern> pattern;
  std::string fresh;
};
struct CharsmapStep {
  std::shared_ptr<const Charsmap> map;
};

using NormalizerStep = std::variant<BertStep, FormStep, LowercaseStep, StripAccentsStep, NmtStep, ByteLettersStep,
                                    StripStep, PrependStep, ReplaceStep, CharsmapStep>;

// Memory that is kept between calls.
struct NormalizerScratch {
  AlignedText text, parts, plain;
  FormScratch form;
  std::vector<Match> matches;
};

class Normalizer {
 public:
  explicit Normalizer(std::vector<NormalizerStep> steps = {}) : steps_(std::move(steps)) {}

  // Normalises `text`, a part of the original that starts at byte `origin`.
  void run(AlignedText& text, NormalizerScratch& scratch, uint32_t origin) const;
  std::string normalise(std::string_view text) const;  // the text alone, as the reference's normalize_str()
  bool lowers() const;                                 // a step lowers the case
  bool empty() const { return steps_.empty(); }

 private:
  bool apply(const NormalizerStep& step, const AlignedText& in, uint32_t origin, NormalizerScratch& scratch) const;

  CodePoints points_;
  std::vector<NormalizerStep> steps_;
};

char32_t byte_letter(unsigned char byte);  // GPT-2's letter for a byte

}  // namespace fovea::tokenize
