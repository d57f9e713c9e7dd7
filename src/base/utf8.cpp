#include "base/utf8.h"

namespace fovea {

char32_t next_code_point(std::string_view text, size_t& at) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char lead = byte(at++);
  if (lead < 0x80) return lead;
  int more = lead >= 0xC2 && lead <= 0xDF ? 1 : lead >= 0xE0 && lead <= 0xEF ? 2 : lead >= 0xF0 && lead <= 0xF4 ? 3 : 0;
  if (more == 0) return kReplacement;
  char32_t value = lead & (0x3F >> more);
  for (int i = 0; i < more; ++i) {
    // The second byte of E0, ED, F0 and F4 has a narrower range: no overlong forms, no surrogates, nothing past 10FFFF.
    unsigned char low = 0x80, high = 0xBF;
    if (i == 0 && lead == 0xE0) low = 0xA0;
    if (i == 0 && lead == 0xED) high = 0x9F;
    if (i == 0 && lead == 0xF0) low = 0x90;
    if (i == 0 && lead == 0xF4) high = 0x8F;
    if (at >= text.size() || byte(at) < low || byte(at) > high) return kReplacement;
    value = (value << 6) | (byte(at++) & 0x3F);
  }
  return value;
}

void append_utf8(char32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

size_t utf8_error_at(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    size_t start = at;
    if (next_code_point(text, at) == kReplacement && text.substr(start, at - start) != "\xEF\xBF\xBD") return start;
  }
  return text.size();
}

bool is_utf8(std::string_view text) {
  return utf8_error_at(text) == text.size();
}

std::string repair_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) append_utf8(next_code_point(text, at), out);
  return out;
}

bool is_cjk(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2FA1F) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x30000 && c <= 0x323AF);
}

size_t display_width(std::string_view text) {
  size_t width = 0;
  for (size_t at = 0; at < text.size();) {
    char32_t c = next_code_point(text, at);
    bool zero = (c >= 0x300 && c <= 0x36F) || (c >= 0x200B && c <= 0x200F) || (c >= 0xFE00 && c <= 0xFE0F);
    bool wide = is_cjk(c) || (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0x303E) ||
                (c >= 0x3041 && c <= 0x33FF) || (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xFF00 && c <= 0xFF60) ||
                (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1FAFF);
    width += zero ? 0 : wide ? 2 : 1;
  }
  return width;
}

}  // namespace fovea
