// RFC 2047: =?charset?B|Q?text?= words in header values. Words that adjoin are joined before they are decoded, since
// writers cut multi-byte characters in two.
#include <algorithm>
#include <optional>

#include "stream/connectors/charset.h"
#include "stream/connectors/limits.h"

namespace fovea::connectors {
namespace {

struct Word {
  std::string charset;
  std::string bytes;
  size_t end = 0;  // past "?="
};

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string decode_q(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '_') {
      out += ' ';
    } else if (text[i] == '=' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// Lenient: padding may lack, strangers are skipped.
std::string decode_b(std::string_view text) {
  std::string out;
  unsigned bits = 0, count = 0;
  for (char c : text) {
    int value = c >= 'A' && c <= 'Z'   ? c - 'A'
                : c >= 'a' && c <= 'z' ? c - 'a' + 26
                : c >= '0' && c <= '9' ? c - '0' + 52
                : c == '+' || c == '-' ? 62
                : c == '/' || c == '_' ? 63
                                       : -1;
    if (value < 0) continue;
    bits = bits << 6 | static_cast<unsigned>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> count & 0xFF);
    }
  }
  return out;
}

std::optional<Word> word_at(std::string_view raw, size_t at) {
  if (raw.substr(at, 2) != "=?") return std::nullopt;
  size_t charset_end = raw.find('?', at + 2);
  if (charset_end == std::string_view::npos || charset_end + 2 >= raw.size() || raw[charset_end + 2] != '?')
    return std::nullopt;
  char encoding = raw[charset_end + 1];
  size_t text = charset_end + 3, end = raw.find("?=", text);
  // "=?utf-8?Q?=E4...": the text may begin with '=', so that "?=" is found one early.
  if (end != std::string_view::npos && end + 1 == text) end = raw.find("?=", text + 1);
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view charset = raw.substr(at + 2, charset_end - at - 2);
  charset = charset.substr(0, charset.find('*'));  // RFC 2231 language
  if (charset.empty() || charset.size() > 40) return std::nullopt;
  std::string_view body = raw.substr(text, end - text);
  if (encoding == 'B' || encoding == 'b') return Word{std::string(charset), decode_b(body), end + 2};
  if (encoding == 'Q' || encoding == 'q') return Word{std::string(charset), decode_q(body), end + 2};
  return std::nullopt;
}

std::string unfold(std::string_view raw) {
  std::string out;
  for (char c : raw.substr(0, kHeaderBytesMax)) {
    if (c == '\r' || c == '\n') continue;
    out += c == '\t' || c == '\0' ? ' ' : c;
  }
  size_t first = out.find_first_not_of(' '), last = out.find_last_not_of(' ');
  return first == std::string::npos ? "" : out.substr(first, last - first + 1);
}

}  // namespace

std::string decode_header(std::string_view raw) {
  std::string line = unfold(raw), out, plain;
  auto flush_plain = [&] {
    out += to_utf8(plain, "").text;
    plain.clear();
  };
  for (size_t at = 0; at < line.size();) {
    std::optional<Word> word = word_at(line, at);
    if (!word) {
      plain += line[at++];
      continue;
    }
    flush_plain();
    at = word->end;
    // The words that follow with nothing but blanks between, as long as they are in the same character set.
    while (true) {
      size_t next = line.find_first_not_of(' ', at);
      std::optional<Word> more = next == std::string::npos ? std::nullopt : word_at(line, next);
      if (!more) break;
      at = more->end;
      if (more->charset != word->charset) {
        out += to_utf8(word->bytes, word->charset).text;
        word = std::move(more);
      } else {
        word->bytes += more->bytes;
      }
    }
    out += to_utf8(word->bytes, word->charset).text;
  }
  flush_plain();
  return out;
}

}  // namespace fovea::connectors
