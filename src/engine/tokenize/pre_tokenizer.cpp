#include "engine/tokenize/pre_tokenizer.h"

#include <algorithm>

#include "engine/tokenize/normalizer.h"
#include "engine/tokenize/word_pattern.h"

namespace fovea::tokenize {
namespace {

void add_piece(const AlignedText& text, size_t begin, size_t end, std::vector<Piece>& out) {
  if (begin < end)
    out.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(end), text.span_of_byte(begin).begin});
}

// Cuts a piece into matches and what lies between them, and joins or drops these as `delimiters` says.
class Cutter {
 public:
  Cutter(const AlignedText& text, Delimiters delimiters, std::vector<Piece>& out)
      : text_(text), delimiters_(delimiters), out_(out), first_(out.size()) {}

  void cut(const Piece& piece, const std::vector<Match>& matches, bool invert) {
    first_ = out_.size();
    was_match_ = false;
    size_t at = piece.begin;
    for (const Match& match : matches) {
      if (at < piece.begin + match.begin) take(at, piece.begin + match.begin, invert);
      take(piece.begin + match.begin, piece.begin + match.end, !invert);
      at = piece.begin + match.end;
    }
    if (at < piece.end) take(at, piece.end, invert);
  }

 private:
  void take(size_t begin, size_t end, bool match) {
    const bool any = out_.size() > first_;
    bool join = false;
    switch (delimiters_) {
      case Delimiters::kRemoved:
        if (match) return;
        break;
      case Delimiters::kIsolated:
        break;
      case Delimiters::kContiguous:
        join = any && match == was_match_;
        break;
      case Delimiters::kMergedWithPrevious:
        join = any && match && !was_match_;
        break;
      case Delimiters::kMergedWithNext:
        join = any && !match && was_match_;
        break;
    }
    was_match_ = match;
    if (join && out_.back().end == begin) {
      out_.back().end = static_cast<uint32_t>(end);
    } else {
      add_piece(text_, begin, end, out_);
    }
  }

  const AlignedText& text_;
  Delimiters delimiters_;
  std::vector<Piece>& out_;
  size_t first_;
  bool was_match_ = false;
};

std::string_view of(const AlignedText& text, const Piece& piece) {
  return text.view().substr(piece.begin, piece.end - piece.begin);
}

// Each byte of the pieces becomes one of GPT-2's letters.
void spell_bytes(AlignedText& text, std::vector<Piece>& pieces, AlignedText& out) {
  out.start();
  for (Piece& piece : pieces) {
    const auto begin = static_cast<uint32_t>(out.size());
    for (size_t at = piece.begin; at < piece.end; ++at)
      out.append(byte_letter(static_cast<unsigned char>(text.view()[at])), text.span_of_byte(at));
    piece.begin = begin;
    piece.end = static_cast<uint32_t>(out.size());
  }
  std::swap(text, out);
}

}  // namespace

void PreTokenizer::split_bert(const AlignedText& text, const Piece& piece, std::vector<Piece>& out) const {
  const std::string_view view = text.view();
  size_t start = piece.begin;
  for (size_t at = piece.begin; at < piece.end;) {
    const size_t begin = at;
    const uint32_t traits = points_.traits(next_code_point(view, at));
    if (!(traits & (kSpace | kPunctuation))) continue;
    add_piece(text, start, begin, out);
    if (traits & kPunctuation) add_piece(text, begin, at, out);
    start = at;
  }
  add_piece(text, start, piece.end, out);
}

void PreTokenizer::find_words(std::string_view text, std::vector<Match>& out) const {
  constexpr uint32_t kKinds = kWordPart | kSpace;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const uint32_t kind = points_.traits(next_code_point(text, at)) & kKinds;
    for (size_t next = at; next < text.size(); at = next)
      if ((points_.traits(next_code_point(text, next)) & kKinds) != kind) break;
    if (!(kind & kSpace)) out.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(at)});
  }
}

void PreTokenizer::find_traits(std::string_view text, uint32_t traits, std::vector<Match>& out) const {
  for (size_t at = 0; at < text.size();) {
    const auto begin = static_cast<uint32_t>(at);
    if (points_.has(next_code_point(text, at), traits)) out.push_back({begin, static_cast<uint32_t>(at)});
  }
}

void PreTokenizer::metaspace(const MetaspaceSplit& step, AlignedText& text, std::vector<Piece>& pieces,
                             PreTokenizerScratch& scratch) const {
  AlignedText& out = scratch.text;
  const std::string_view mark = step.replacement;
  out.start();
  scratch.pieces.clear();
  for (const Piece& piece : pieces) {
    const std::string_view view = of(text, piece);
    const size_t begin = out.size();
    const bool marked = view.starts_with(' ') || view.starts_with(mark);
    const bool prepend = step.prepend == MetaspaceSplit::Prepend::kAlways ||
                         (step.prepend == MetaspaceSplit::Prepend::kFirst && piece.origin == 0);
    if (prepend && !marked) out.append(mark, text.span_of_byte(piece.begin));
    for (size_t at = 0; at < view.size();) {
      const size_t space = std::min(view.find(' ', at), view.size());
      out.append_part(text, piece.begin + at, piece.begin + space);
      at = space;
      if (at < view.size()) out.append(mark, text.span_of_byte(piece.begin + at++));
    }
    if (!step.split) {
      scratch.pieces.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(out.size()), piece.origin});
      continue;
    }
    for (size_t at = begin; at < out.size();) {
      const size_t next =
          std::min(out.view().find(mark, at + (out.view().substr(at).starts_with(mark) ? mark.size() : 0)), out.size());
      add_piece(out, at, next, scratch.pieces);
      at = next;
    }
  }
  std::swap(text, out);
  pieces.swap(scratch.pieces);
}

void PreTokenizer::byte_level(const ByteLevelSplit& step, AlignedText& text, std::vector<Piece>& pieces,
                              PreTokenizerScratch& scratch) const {
  const bool prefix = step.add_prefix_space &&
                      std::ranges::any_of(pieces, [&](const Piece& piece) { return text.view()[piece.begin] != ' '; });
  if (prefix) {
    AlignedText& out = scratch.text;
    out.start();
    for (Piece& piece : pieces) {
      const auto begin = static_cast<uint32_t>(out.size());
      if (text.view()[piece.begin] != ' ') out.append(std::string_view(" "), text.span_of_byte(piece.begin));
      out.append_part(text, piece.begin, piece.end);
      piece.begin = begin;
      piece.end = static_cast<uint32_t>(out.size());
    }
    std::swap(text, out);
  }
  if (step.use_regex) {
    scratch.matches.clear();
    for (const Piece& piece : pieces) find_gpt2_words(points_, text.view(), piece.begin, piece.end, scratch.matches);
    pieces.clear();
    for (const Match& match : scratch.matches) add_piece(text, match.begin, match.end, pieces);
  }
  if (step.letters) spell_bytes(text, pieces, scratch.text);
}

void PreTokenizer::run(AlignedText& text, std::vector<Piece>& pieces, PreTokenizerScratch& scratch) const {
  for (const PreTokenizerStep& step : steps_) {
    if (const auto* metaspace_step = std::get_if<MetaspaceSplit>(&step)) {
      metaspace(*metaspace_step, text, pieces, scratch);
      continue;
    }
    if (const auto* byte_step = std::get_if<ByteLevelSplit>(&step)) {
      byte_level(*byte_step, text, pieces, scratch);
      continue;
    }
    scratch.pieces.clear();
    for (const Piece& piece : pieces) {
      scratch.matches.clear();
      if (std::holds_alternative<BertSplit>(step)) {
        split_bert(text, piece, scratch.pieces);
      } else if (std::holds_alternative<WordSplit>(step)) {
        find_words(of(text, piece), scratch.matches);
        Cutter(text, Delimiters::kRemoved, scratch.pieces).cut(piece, scratch.matches, true);
      } else if (const auto* traits = std::get_if<TraitSplit>(&step)) {
        find_traits(of(text, piece), traits->traits, scratch.matches);
        Cutter(text, traits->delimiters, scratch.pieces).cut(piece, scratch.matches, false);
      } else if (const auto* pattern = std::get_if<PatternSplit>(&step)) {
        pattern->pattern->find(of(text, piece), scratch.matches);
        Cutter(text, pattern->delimiters, scratch.pieces).cut(piece, scratch.matches, pattern->invert);
      }
    }
    pieces.swap(scratch.pieces);
  }
}

}  // namespace fovea::tokenize
