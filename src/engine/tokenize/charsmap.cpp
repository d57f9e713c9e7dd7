#include "engine/tokenize/charsmap.h"

#include <algorithm>
#include <cstring>

namespace fovea::tokenize {
namespace {

// The units of Darts (S. Yata's darts-clone).
bool has_leaf(uint32_t unit) {
  return (unit >> 8) & 1;
}
uint32_t label(uint32_t unit) {
  return unit & ((1u << 31) | 0xFF);
}
uint32_t offset(uint32_t unit) {
  return (unit >> 10) << ((unit & (1u << 9)) >> 6);
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char byte) { return !continues_utf8(byte); }));
}

// The reference's list of changes, whose last entry is still open: what is replaced by nothing is charged to the
// character before it. At the start of the text there is none; the reference then loses count, and so do we.
class Changes {
 public:
  Changes(const AlignedText& in, uint32_t origin, AlignedText& out)
      : text_(in.view()), rewriter_(in, 0, in.size(), origin, out) {}

  void keep(size_t begin, size_t end) {
    if (begin == end) return;
    if (lost_) {
      for (size_t at = begin; at < end;) put(next_code_point(text_, at), 0);
      return;
    }
    size_t last = end - 1;
    while (continues_utf8(text_[last])) --last;
    flush();
    rewriter_.keep(last - begin);
    put(next_code_point(text_, last), 0);
  }

  void replace(std::string_view old, std::string_view fresh) {
    const auto before = static_cast<int64_t>(characters(old)), after = static_cast<int64_t>(characters(fresh));
    int64_t index = 0;
    for (size_t at = 0; at < fresh.size(); ++index) put(next_code_point(fresh, at), index >= before ? 1 : 0);
    if (after >= before) return;
    if (open_) {
      change_ += after - before;
    } else {
      lost_ = true;
    }
  }

  void flush() {
    if (open_) rewriter_.put(c_, change_);
    open_ = false;
  }

 private:
  void put(char32_t c, int64_t change) {
    flush();
    open_ = true;
    c_ = c;
    change_ = change;
  }

  std::string_view text_;
  TextRewriter rewriter_;
  bool open_ = false, lost_ = false;
  char32_t c_ = 0;
  int64_t change_ = 0;
};

}  // namespace

Result<Charsmap> Charsmap::create(std::string_view bytes) {
  uint32_t trie_bytes = 0;
  if (bytes.size() >= 4) std::memcpy(&trie_bytes, bytes.data(), 4);
  if (bytes.size() < 4 || trie_bytes > bytes.size() - 4 || trie_bytes < 4)
    return fail(Code::kInvalidArgument, "the character map is cut short");
  Charsmap made;
  made.trie_.resize(trie_bytes / 4);
  std::memcpy(made.trie_.data(), bytes.data() + 4, made.trie_.size() * 4);
  made.replacements_ = bytes.substr(4 + made.trie_.size() * 4);
  if (!is_utf8(made.replacements_)) return fail(Code::kInvalidArgument, "the character map's texts are not UTF-8");
  for (char c = 1; c > 0 && c < 127; ++c)
    made.ascii_changes_[static_cast<size_t>(c)] = made.replacement(std::string_view(&c, 1)).has_value();
  made.ascii_changes_[127] = made.replacement("\x7F").has_value();
  made.ascii_changes_['\r'] = true;  // may stand before LF, which is then part of its cluster
  return made;
}

std::optional<std::string_view> Charsmap::replacement(std::string_view text) const {
  size_t node = offset(trie_[0]);
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte == 0) break;
    node ^= byte;
    if (node >= trie_.size() || label(trie_[node]) != byte) return std::nullopt;
    const uint32_t unit = trie_[node];
    node ^= offset(unit);
    if (!has_leaf(unit)) continue;
    if (node >= trie_.size()) return std::nullopt;
    const size_t begin = trie_[node] & 0x7FFFFFFFu;
    if (begin > replacements_.size() || (begin < replacements_.size() && continues_utf8(replacements_[begin])))
      return std::nullopt;
    return std::string_view(replacements_)
        .substr(begin, std::min(replacements_.find('\0', begin), replacements_.size()) - begin);
  }
  return std::nullopt;
}

// Extended grapheme clusters (UAX 29) as far as they can have up to five bytes. Flags, Hangul, emoji sequences and
// Indic conjuncts are longer: they are read by characters, whole or in parts.
size_t Charsmap::cluster_end(const CodePoints& points, std::string_view text, size_t begin) const {
  size_t at = begin;
  uint32_t before = points.traits(next_code_point(text, at));
  if (text[begin] == '\r' && at < text.size() && text[at] == '\n') return at + 1;
  while (at < text.size() && !(before & kBreaksCluster)) {
    size_t next = at;
    const uint32_t traits = points.traits(next_code_point(text, next));
    if (traits & kBreaksCluster) break;
    if (!(traits & kJoinsBefore) && !(before & kJoinsAfter)) break;
    at = next;
    before = traits;
  }
  return at;
}

bool Charsmap::apply(const CodePoints& points, const AlignedText& in, uint32_t origin, AlignedText& out) const {
  const std::string_view text = in.view();
  std::optional<Changes> changes;
  size_t kept = 0;
  const auto replace = [&](size_t begin, size_t end, std::string_view fresh) {
    if (!changes) {
      out.start();
      changes.emplace(in, origin, out);
    }
    changes->keep(kept, begin);
    changes->replace(text.substr(begin, end - begin), fresh);
    kept = end;
  };
  const auto plain = [&](size_t at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    return byte < 0x80 && !ascii_changes_[byte];
  };
  for (size_t at = 0; at < text.size();) {
    if (plain(at) && (at + 1 == text.size() || static_cast<unsigned char>(text[at + 1]) < 0x80)) {
      ++at;
      continue;
    }
    const size_t end = cluster_end(points, text, at);
    if (end - at < 6) {
      if (const auto fresh = replacement(text.substr(at, end - at))) {
        replace(at, end, *fresh);
        at = end;
        continue;
      }
    }
    while (at < end) {
      const size_t next = at + utf8_length(text[at]);
      if (const auto fresh = replacement(text.substr(at, next - at))) replace(at, next, *fresh);
      at = next;
    }
  }
  if (!changes) return false;
  changes->keep(kept, text.size());
  changes->flush();
  return true;
}

}  // namespace fovea::tokenize
