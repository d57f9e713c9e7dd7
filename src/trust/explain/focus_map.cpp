#include "trust/explain/focus_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/utf8.h"

namespace fovea::explain {
namespace {

constexpr int kLevels = 8;
constexpr int kBracketLevel = 3;  // pieces from this level on are marked where there is no colour
constexpr std::array<std::string_view, kLevels> kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
// Backgrounds from pale to strong amber, dark text on them: xterm's colour cube and the same in 24 bits.
constexpr std::array<int, kLevels> kXterm = {230, 229, 228, 222, 221, 215, 214, 208};
constexpr std::array<uint32_t, kLevels> kTrue = {0xFFF8E1, 0xFFECB3, 0xFFE082, 0xFFD54F,
                                                 0xFFCA28, 0xFFB300, 0xFF8F00, 0xFF6F00};

bool is_break(char32_t c) {
  return c == U'\n' || c == U'\r';
}
bool is_word(char32_t c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '\'' ||
         (c >= 0xC0 && c < 0x2000);
}

// Controls and the marks that turn text around, which could rewrite the terminal.
bool is_harmful(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
         c == 0x200E || c == 0x200F || c == 0x061C;
}

// The level of each byte: -1 nothing, else 0 to 7, relative to the strongest piece.
std::vector<int8_t> levels_of(size_t bytes, std::span<const record::Focus> focus) {
  std::vector<int8_t> out(bytes, -1);
  float strongest = 0;
  for (const record::Focus& each : focus) {
    if (std::isfinite(each.weight)) strongest = std::max(strongest, each.weight);
  }
  if (strongest <= 0) return out;
  for (const record::Focus& each : focus) {
    if (!std::isfinite(each.weight) || each.weight <= 0) continue;
    int level = std::clamp(static_cast<int>(each.weight / strongest * kLevels), 0, kLevels - 1);
    for (size_t i = each.begin; i < std::min<size_t>(each.end, bytes); ++i) {
      out[i] = std::max(out[i], static_cast<int8_t>(level));
    }
  }
  return out;
}

std::string opening(int level, Colour colour) {
  if (level < 0) return {};
  if (colour == Colour::k256) return fmt::format("\x1b[30;48;5;{}m", kXterm[level]);
  if (colour == Colour::kTrue) {
    uint32_t c = kTrue[level];
    return fmt::format("\x1b[38;2;0;0;0;48;2;{};{};{}m", c >> 16, (c >> 8) & 255, c & 255);
  }
  return level >= kBracketLevel ? "[" : "";
}

std::string closing(int level, Colour colour) {
  if (level < 0) return {};
  if (colour != Colour::kNone) return "\x1b[0m";
  return level >= kBracketLevel ? std::string(kBars[level]) + "]" : "";
}

struct Piece {
  std::string text;  // no break inside
  int level = -1;
  bool newline = false;
};

// Pieces of one level each, cut at spaces too, so that lines can be broken between them.
std::vector<Piece> pieces_of(std::string_view text, std::span<const record::Focus> focus) {
  std::vector<int8_t> levels = levels_of(text.size(), focus);
  std::vector<Piece> out;
  bool cut = true;
  for (size_t at = 0; at < text.size();) {
    int level = levels[at];
    char32_t c = next_code_point(text, at);
    if (is_break(c)) {
      if (!out.empty() && !out.back().newline) out.push_back({{}, -1, true});
      cut = true;
      continue;
    }
    if (is_harmful(c)) c = c == '\t' ? U' ' : kReplacement;
    if (c == ' ') level = -1;
    if (cut || out.empty() || out.back().level != level || is_cjk(c)) out.push_back({{}, level, false});
    append_utf8(c, out.back().text);
    cut = c == ' ';
  }
  return out;
}

size_t width_of(const Piece& piece, Colour colour) {
  bool marked = colour == Colour::kNone && piece.level >= kBracketLevel;
  return display_width(piece.text) + (marked ? 3 : 0);
}

// Neighbours of one level share their marks on one line.
std::string draw_line(std::span<const Piece> line, Colour colour) {
  std::string out;
  for (size_t i = 0; i < line.size(); ++i) {
    bool opens = i == 0 || line[i - 1].level != line[i].level;
    bool closes = i + 1 == line.size() || line[i + 1].level != line[i].level;
    if (opens) out += opening(line[i].level, colour);
    out += line[i].text;
    if (closes) out += closing(line[i].level, colour);
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

}  // namespace

std::string focus_map(std::string_view text, std::span<const record::Focus> focus, const Options& options,
                      size_t indent) {
  std::string_view shown = text.substr(0, std::min(text.size(), kTextBytesShown));
  while (shown.size() < text.size() && !shown.empty() && (static_cast<uint8_t>(text[shown.size()]) & 0xC0) == 0x80) {
    shown.remove_suffix(1);
  }
  std::vector<Piece> pieces = pieces_of(shown, focus);
  size_t columns = std::max(options.width, kWidthMin) - std::min(indent, kWidthMin / 2);
  std::string out;
  for (size_t begin = 0; begin < pieces.size();) {
    size_t end = begin, used = 0;
    while (end < pieces.size() && !pieces[end].newline) {
      size_t more = width_of(pieces[end], options.colour);
      if (end > begin && used + more > columns) break;
      used += more;
      ++end;
    }
    out += std::string(indent, ' ') + draw_line(std::span(pieces).subspan(begin, end - begin), options.colour) + "\n";
    begin = end < pieces.size() && pieces[end].newline ? end + 1 : end;
  }
  return out;
}

std::vector<std::string> focus_words(std::string_view text, std::span<const record::Focus> focus, size_t count) {
  std::vector<record::Focus> sorted(focus.begin(), focus.end());
  std::ranges::stable_sort(sorted, [](const auto& a, const auto& b) { return a.weight > b.weight; });
  std::vector<std::string> out;
  for (const record::Focus& each : sorted) {
    if (out.size() == count) break;
    if (each.begin >= each.end || each.end > text.size()) continue;
    size_t begin = each.begin, end = each.end;
    size_t peek = begin;
    if (!is_word(next_code_point(text, peek)) && !is_cjk([&] {
          size_t at = begin;
          return next_code_point(text, at);
        }())) {
      continue;  // punctuation and markers say nothing
    }
    auto word_byte = [&](size_t at) {
      size_t next = at;
      return (static_cast<uint8_t>(text[at]) & 0xC0) == 0x80 || is_word(next_code_point(text, next));
    };
    if (size_t at = begin; !is_cjk(next_code_point(text, at))) {
      while (begin > 0 && word_byte(begin - 1)) --begin;
      while (end < text.size() && word_byte(end)) ++end;
      while (begin < end && (static_cast<uint8_t>(text[begin]) & 0xC0) == 0x80) ++begin;
    }
    std::string word(text.substr(begin, end - begin));
    if (is_utf8(word) && std::ranges::find(out, word) == out.end()) out.push_back(std::move(word));
  }
  return out;
}

}  // namespace fovea::explain
