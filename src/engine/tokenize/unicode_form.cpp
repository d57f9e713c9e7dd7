#include "engine/tokenize/unicode_form.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>

#include <algorithm>
#include <optional>

namespace fovea::tokenize {
namespace {

using Part = FormScratch::Part;
using Parts = std::vector<Part>;

constexpr ptrdiff_t kFewMarks = 16;

uint8_t combining_class(char32_t c) {
  return in_unicode_9(c) ? u_getCombiningClass(static_cast<UChar32>(c)) : uint8_t{0};
}

class Form {
 public:
  explicit Form(UnicodeForm form) {
    UErrorCode status = U_ZERO_ERROR;
    const bool compatible = form == UnicodeForm::kNfkc || form == UnicodeForm::kNfkd;
    decomposer_ = compatible ? unorm2_getNFKDInstance(&status) : unorm2_getNFDInstance(&status);
    if (form == UnicodeForm::kNfc || form == UnicodeForm::kNfkc) composer_ = unorm2_getNFCInstance(&status);
  }

  // What the characters of `text` become, in order.
  void run(std::string_view text, FormScratch& scratch) const {
    Parts& parts = scratch.parts;
    parts.clear();
    size_t sorted = 0;
    for (size_t at = 0; at < text.size();) decompose(next_code_point(text, at), parts, sorted);
    sort_from(sorted, parts);
    if (composer_ == nullptr) return;
    compose(parts, scratch.waiting, scratch.composed);
    parts.swap(scratch.composed);
  }

 private:
  static void sort_from(size_t& first, Parts& parts) {
    const auto lower = [](const Part& a, const Part& b) { return a.combining < b.combining; };
    const auto begin = parts.begin() + static_cast<ptrdiff_t>(first);
    if (parts.end() - begin > kFewMarks) {
      std::stable_sort(begin, parts.end(), lower);  // asks for memory
    } else {
      for (auto at = begin; at != parts.end(); ++at) std::rotate(std::upper_bound(begin, at, *at, lower), at, at + 1);
    }
    first = parts.size();
  }

  static void push(char32_t c, bool first, Parts& parts, size_t& sorted) {
    const uint8_t combining = combining_class(c);
    if (combining == 0) sort_from(sorted, parts);
    parts.push_back({c, combining, first ? 0 : 1});
  }

  void decompose(char32_t c, Parts& parts, size_t& sorted) const {
    UChar units[32];
    UErrorCode status = U_ZERO_ERROR;
    const int32_t length =
        in_unicode_9(c) ? unorm2_getDecomposition(decomposer_, static_cast<UChar32>(c), units, 32, &status) : -1;
    if (length < 0 || U_FAILURE(status)) return push(c, true, parts, sorted);
    for (int32_t at = 0; at < length;) {
      const bool first = at == 0;
      UChar32 part;
      U16_NEXT(units, at, length, part);
      push(static_cast<char32_t>(part), first, parts, sorted);
    }
  }

  std::optional<char32_t> pair(char32_t a, char32_t b) const {
    const UChar32 found = unorm2_composePair(composer_, static_cast<UChar32>(a), static_cast<UChar32>(b));
    if (found < 0 || !in_unicode_9(static_cast<char32_t>(found))) return std::nullopt;
    return static_cast<char32_t>(found);
  }

  // The canonical composition algorithm (Unicode 15, 3.11, D117) in the steps of the reference.
  // `waiting`: characters behind the starter that did not compose with it.
  void compose(const Parts& parts, Parts& waiting, Parts& out) const {
    out.clear();
    waiting.clear();
    std::optional<Part> starter;
    std::optional<uint8_t> last;
    for (const Part& part : parts) {
      if (!starter) {
        if (part.combining != 0) {
          out.push_back(part);
        } else {
          starter = part;
        }
        continue;
      }
      const bool blocked = last && *last >= part.combining;
      if (!blocked) {
        if (const auto composite = pair(starter->c, part.c)) {
          starter->c = *composite;
          starter->change += part.change - 1;
          continue;
        }
      }
      if (part.combining == 0) {
        out.push_back(*starter);
        out.insert(out.end(), waiting.begin(), waiting.end());
        waiting.clear();
        starter = part;
        last.reset();
        continue;
      }
      waiting.push_back(part);
      last = part.combining;
    }
    if (starter) out.push_back(*starter);
    out.insert(out.end(), waiting.begin(), waiting.end());
  }

  const UNormalizer2* decomposer_ = nullptr;
  const UNormalizer2* composer_ = nullptr;
};

uint32_t stable_trait(UnicodeForm form) {
  switch (form) {
    case UnicodeForm::kNfc:
      return kNfcStable;
    case UnicodeForm::kNfd:
      return kNfdStable;
    case UnicodeForm::kNfkc:
      return kNfkcStable;
    default:
      return kNfkdStable;
  }
}

}  // namespace

bool apply_form(UnicodeForm form, const CodePoints& points, const AlignedText& in, uint32_t origin,
                FormScratch& scratch, AlignedText& out) {
  const std::string_view text = in.view();
  const uint32_t stable = stable_trait(form);
  const Form runner(form);
  std::optional<TextRewriter> rewriter;
  size_t kept = 0;     // text before it has been dealt with
  size_t starter = 0;  // the last stable character: what comes behind it may change it
  for (size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      starter = at++;
      continue;
    }
    const size_t begin = at;
    if (points.has(next_code_point(text, at), stable)) {
      starter = begin;
      continue;
    }
    for (size_t next = at; next < text.size(); at = next)
      if (points.has(next_code_point(text, next), stable)) break;
    if (!rewriter) {
      out.start();
      rewriter.emplace(in, 0, text.size(), origin, out);
    }
    starter = std::max(starter, kept);
    rewriter->keep(starter - kept);
    runner.run(text.substr(starter, at - starter), scratch);
    for (const Part& part : scratch.parts) rewriter->put(part.c, part.change);
    kept = starter = at;
  }
  if (!rewriter) return false;
  rewriter->keep(text.size() - kept);
  return true;
}

}  // namespace fovea::tokenize
