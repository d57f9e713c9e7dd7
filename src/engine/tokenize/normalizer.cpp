#include "engine/tokenize/normalizer.h"

#include <algorithm>
#include <array>

namespace fovea::tokenize {
namespace {

template <typename... Kinds>
struct Overloaded : Kinds... {
  using Kinds::operator()...;
};

bool ascii(char byte) {
  return static_cast<unsigned char>(byte) < 0x80;
}

// Calls `each(c, begin, end)` for the characters of `text`.
template <typename Each>
void for_characters(std::string_view text, const Each& each) {
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const char32_t c = next_code_point(text, at);
    each(c, begin, at);
  }
}

// Copies what `keep` holds for.
template <typename Keep>
void filter(const AlignedText& in, AlignedText& out, const Keep& keep) {
  out.start();
  size_t from = 0;
  for_characters(in.view(), [&](char32_t c, size_t begin, size_t end) {
    if (keep(c)) return;
    if (from < begin) out.append_part(in, from, begin);
    from = end;
  });
  if (from < in.size()) out.append_part(in, from, in.size());
}

void put_lower(char32_t c, TokenSpan span, AlignedText& out) {
  out.append(lower_case(c), span);
  if (c == 0x130) out.append(char32_t{0x307}, span);  // the one code point with a lower case of two
}

bool lowercase(const CodePoints& points, const AlignedText& in, AlignedText& out) {
  const std::string_view text = in.view();
  if (std::ranges::none_of(text, [](char c) { return !ascii(c) || (c >= 'A' && c <= 'Z'); })) return false;
  out.start();
  for_characters(text, [&](char32_t c, size_t begin, size_t end) {
    if (points.has(c, kHasLower)) {
      put_lower(c, in.span_of_byte(begin), out);
    } else {
      out.append_part(in, begin, end);
    }
  });
  return true;
}

// The steps of BERT in one pass; text with characters that decompose or combine takes NFD and a second one.
void bert(const BertStep& step, const CodePoints& points, const AlignedText& in, uint32_t origin,
          NormalizerScratch& scratch) {
  AlignedText& out = scratch.text;
  out.start();
  bool unstable = false, marks = false;
  const std::string_view text = in.view();
  std::array<char, 128> lowered;
  for (size_t i = 0; i < 128; ++i) {
    const char c = static_cast<char>(i);
    lowered[i] = step.lowercase && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    if (!step.clean_text) continue;
    const uint32_t traits = points.traits(static_cast<char32_t>(i));
    if (traits & kSpace) lowered[i] = ' ';
    if (traits & kBertRemoved) lowered[i] = '\0';
  }
  for (size_t at = 0; at < text.size();) {
    if (ascii(text[at])) {
      at = out.append_mapped(in, at, lowered, step.clean_text);
      continue;
    }
    const size_t begin = at;
    const char32_t c = next_code_point(text, at);
    const uint32_t traits = points.traits(c);
    if (step.clean_text && (traits & kBertRemoved)) continue;
    const TokenSpan span = in.span_of_byte(begin);
    if (step.clean_text && (traits & kSpace)) {
      out.append(U' ', span);
      continue;
    }
    const bool apart = step.handle_chinese_chars && (traits & kChinese);
    if (apart) out.append(U' ', span);
    unstable |= !(traits & kNfdStable);
    marks |= (traits & kBertMark) != 0;
    if (step.lowercase && (traits & kHasLower) && (!step.strip_accents || (traits & kNfdStable))) {
      put_lower(c, span, out);
    } else {
      out.append(text.substr(begin, at - begin), span);
    }
    if (apart) out.append(U' ', span);
  }
  if (!step.strip_accents || !(unstable || marks)) return;
  AlignedText& parts = scratch.parts;
  AlignedText& plain = scratch.plain;
  const AlignedText& decomposed = apply_form(UnicodeForm::kNfd, points, out, origin, scratch.form, parts) ? parts : out;
  plain.start();
  for_characters(decomposed.view(), [&](char32_t c, size_t begin, size_t end) {
    const uint32_t traits = points.traits(c);
    if (traits & kBertMark) return;
    if (step.lowercase && (traits & kHasLower)) return put_lower(c, decomposed.span_of_byte(begin), plain);
    plain.append_part(decomposed, begin, end);
  });
  std::swap(out, plain);
}

bool nmt_removes(char32_t c) {
  return (c >= 1 && c <= 8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F;
}

bool nmt_space(char32_t c) {
  return c == 9 || c == 0xA || c == 0xC || c == 0xD || c == 0x1680 || (c >= 0x200B && c <= 0x200F) || c == 0x2028 ||
         c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == kReplacement;
}

void nmt(const AlignedText& in, AlignedText& out) {
  out.start();
  for_characters(in.view(), [&](char32_t c, size_t begin, size_t end) {
    if (nmt_removes(c)) return;
    if (nmt_space(c)) return out.append(U' ', in.span_of_byte(begin));
    out.append_part(in, begin, end);
  });
}

bool strip(const StripStep& step, const CodePoints& points, const AlignedText& in, AlignedText& out) {
  const std::string_view text = in.view();
  size_t begin = 0, end = text.size();
  if (step.left) {
    for (size_t next = 0; next < end; begin = next)
      if (!points.has(next_code_point(text, next), kSpace)) break;
  }
  while (step.right && end > begin) {
    size_t last = end - 1;
    while (continues_utf8(text[last])) --last;
    size_t at = last;
    if (!points.has(next_code_point(text, at), kSpace)) break;
    end = last;
  }
  if (begin == 0 && end == text.size()) return false;
  out.start();
  if (begin < end) out.append_part(in, begin, end);
  return true;
}

bool replace(const ReplaceStep& step, const AlignedText& in, uint32_t origin, NormalizerScratch& scratch) {
  AlignedText& out = scratch.text;
  std::vector<Match>& matches = scratch.matches;
  matches.clear();
  step.pattern->find(in.view(), matches);
  if (matches.empty()) return false;
  out.start();
  size_t at = 0;
  for (const Match& match : matches) {
    if (at < match.begin) out.append_part(in, at, match.begin);
    // As in the reference, all of it comes from where the last replaced character came from.
    out.append(step.fresh, match.end == 0 ? TokenSpan{origin, origin} : in.span_of_byte(match.end - 1));
    at = match.end;
  }
  if (at < in.size()) out.append_part(in, at, in.size());
  return true;
}

}  // namespace

char32_t byte_letter(unsigned char byte) {
  if ((byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE) return byte;
  if (byte <= 0x20) return 0x100u + byte;
  if (byte <= 0xA0) return 0x121u + (byte - 0x7Fu);
  return 0x143;  // 0xAD
}

bool Normalizer::apply(const NormalizerStep& step, const AlignedText& in, uint32_t origin,
                       NormalizerScratch& scratch) const {
  AlignedText& out = scratch.text;
  return std::visit(
      Overloaded{
          [&](const BertStep& bert_step) {
            bert(bert_step, points_, in, origin, scratch);
            return true;
          },
          [&](const FormStep& form) { return apply_form(form.form, points_, in, origin, scratch.form, out); },
          [&](LowercaseStep) { return lowercase(points_, in, out); },
          [&](StripAccentsStep) {
            if (is_ascii(in.view())) return false;
            filter(in, out, [&](char32_t c) { return !points_.has(c, kCombining); });
            return true;
          },
          [&](NmtStep) {
            nmt(in, out);
            return true;
          },
          [&](ByteLettersStep) {
            out.start();
            for (size_t at = 0; at < in.size(); ++at)
              out.append(byte_letter(static_cast<unsigned char>(in.view()[at])), in.span_of_byte(at));
            return true;
          },
          [&](const StripStep& strip_step) { return strip(strip_step, points_, in, out); },
          [&](const PrependStep& prepend) {
            if (in.size() == 0) return false;
            out.start();
            out.append(prepend.text, in.span_of_byte(0));
            out.append_part(in, 0, in.size());
            return true;
          },
          [&](const ReplaceStep& replace_step) { return replace(replace_step, in, origin, scratch); },
          [&](const CharsmapStep& charsmap) { return charsmap.map->apply(points_, in, origin, out); },
      },
      step);
}

void Normalizer::run(AlignedText& text, NormalizerScratch& scratch, uint32_t origin) const {
  for (const NormalizerStep& step : steps_)
    if (text.size() > 0 && apply(step, text, origin, scratch)) std::swap(text, scratch.text);
}

std::string Normalizer::normalise(std::string_view text) const {
  AlignedText shown;
  NormalizerScratch scratch;
  shown.show(text, 0);
  run(shown, scratch, 0);
  return std::string(shown.view());
}

bool Normalizer::lowers() const {
  return std::ranges::any_of(steps_, [](const NormalizerStep& step) {
    const auto* bert_step = std::get_if<BertStep>(&step);
    return std::holds_alternative<LowercaseStep>(step) || (bert_step != nullptr && bert_step->lowercase);
  });
}

}  // namespace fovea::tokenize
