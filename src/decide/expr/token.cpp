#include "decide/expr/token.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/utf8.h"

namespace fovea::expr {
namespace {

using Kind = Token::Kind;

bool digit(char c) {
  return c >= '0' && c <= '9';
}
bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
int hex_of(char c) {
  if (digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> run() {
    std::vector<Token> out;
    while (true) {
      skip_space();
      Token token;
      token.at = static_cast<uint32_t>(at_);
      FOVEA_OK(next(token));
      token.source = text_.substr(token.at, at_ - token.at);
      out.push_back(std::move(token));
      if (out.back().kind == Kind::kEnd) return out;
    }
  }

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  std::unexpected<Error> bad(size_t at, std::string message, std::string hint = {}) const {
    return fail(Code::kInvalidArgument, std::move(message), place_in(text_, at), std::move(hint));
  }

  void skip_space() {
    while (at_ < text_.size()) {
      char c = text_[at_];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
        ++at_;
      } else if (c == '/' && peek(1) == '/') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else {
        return;
      }
    }
  }

  Result<void> next(Token& token) {
    if (at_ >= text_.size()) return {};
    char c = peek();
    if (digit(c) || (c == '.' && digit(peek(1)))) return number(token);
    if (size_t prefix = quote_prefix(); prefix != SIZE_MAX) return quoted(token, prefix);
    if (letter(c)) {
      while (letter(peek()) || digit(peek())) ++at_;
      token.kind = Kind::kName;
      return {};
    }
    if (c == '`') return quoted_name(token);
    return sign(token);
  }

  Result<void> sign(Token& token) {
    for (std::string_view two : {"==", "!=", "<=", ">=", "&&", "||"}) {
      if (text_.substr(at_, 2) == two) {
        at_ += 2;
        token.kind = Kind::kSign;
        return {};
      }
    }
    char c = peek();
    if (c == '=') return bad(at_, "'=' is no operator", "equality is '=='");
    if (c == '&' || c == '|')
      return bad(at_, fmt::format("'{}' is no operator", c), fmt::format("did you mean '{0}{0}'?", c));
    if (std::string_view("+-*/%<>!?:.,()[]{}").find(c) == std::string_view::npos) {
      size_t end = at_;
      next_code_point(text_, end);
      return bad(at_, fmt::format("unexpected character '{}'", text_.substr(at_, end - at_)),
                 c == '$' ? "${NAME} stands only in quoted texts of http and mail" : "text stands in quotes");
    }
    ++at_;
    token.kind = Kind::kSign;
    return {};
  }

  Result<void> quoted_name(Token& token) {
    size_t start = at_++;
    while (at_ < text_.size() && text_[at_] != '`' && text_[at_] != '\n') token.text += text_[at_++];
    if (peek() != '`' || token.text.empty()) return bad(start, "a name in backticks does not end");
    ++at_;
    token.kind = Kind::kQuotedName;
    return {};
  }

  Result<void> number(Token& token) {
    size_t start = at_;
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
      at_ += 2;
      size_t first = at_;
      while (hex_of(peek()) >= 0) ++at_;
      return whole(token, text_.substr(first, at_ - first), 16, start);
    }
    bool real = false;
    while (digit(peek())) ++at_;
    if (peek() == '.' && digit(peek(1))) {
      real = true;
      ++at_;
      while (digit(peek())) ++at_;
    }
    if (peek() == 'e' || peek() == 'E') {
      size_t sign = peek(1) == '+' || peek(1) == '-' ? 2 : 1;
      if (digit(peek(sign))) {
        real = true;
        at_ += sign;
        while (digit(peek())) ++at_;
      }
    }
    if (!real) return whole(token, text_.substr(start, at_ - start), 10, start);
    std::string digits(text_.substr(start, at_ - start));
    token.kind = Kind::kDouble;
    token.number =
        std::strtod(digits.c_str(), nullptr);  // too small becomes 0 and too large infinity, as IEEE 754 rounds
    return no_letter_after(start);
  }

  Result<void> whole(Token& token, std::string_view digits, int base, size_t start) {
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), token.whole, base);
    if (digits.empty() || end != digits.data() + digits.size()) return bad(start, "a number without digits");
    token.kind = Kind::kInt;
    if (peek() == 'u' || peek() == 'U') {
      ++at_;
      token.kind = Kind::kUint;
    }
    // The smallest int is written with a minus sign before it, so its magnitude must pass here.
    uint64_t most = token.kind == Kind::kInt ? uint64_t{1} << 63 : UINT64_MAX;
    if (error != std::errc() || token.whole > most) return bad(start, "a number beyond 64 bits");
    return no_letter_after(start);
  }

  Result<void> no_letter_after(size_t start) {
    if (!letter(peek())) return {};
    return bad(start, fmt::format("'{}' runs into a letter", text_.substr(start, at_ - start)),
               "a duration is written duration('10m')");
  }

  // Length of r, b, rb, br before a quote; SIZE_MAX where no quoted text starts here.
  size_t quote_prefix() const {
    size_t n = 0;
    while (n < 2 && std::string_view("rRbB").find(peek(n)) != std::string_view::npos && peek(n) != '\0') ++n;
    return peek(n) == '"' || peek(n) == '\'' ? n : SIZE_MAX;
  }

  Result<void> quoted(Token& token, size_t prefix) {
    size_t start = at_;
    bool raw = false, bytes = false;
    for (size_t i = 0; i < prefix; ++i) {
      bool r = peek(i) == 'r' || peek(i) == 'R';
      if (r ? raw : bytes) return bad(start, "a prefix of a text stands twice");
      (r ? raw : bytes) = true;
    }
    at_ += prefix;
    char quote = peek();
    size_t width = peek(1) == quote && peek(2) == quote ? 3 : 1;
    at_ += width;
    token.kind = bytes ? Kind::kBytes : Kind::kString;
    while (true) {
      if (at_ >= text_.size()) return bad(start, "a quoted text does not end");
      char c = peek();
      if (c == quote && (width == 1 || (peek(1) == quote && peek(2) == quote))) {
        at_ += width;
        return {};
      }
      if (width == 1 && (c == '\n' || c == '\r')) {
        return bad(start, "a quoted text goes over the end of its line", "write \\n, or use three quotes");
      }
      if (c == '\\' && !raw) {
        FOVEA_OK(escape(token.text, bytes));
      } else if (c == '\r') {  // line ends in three quotes are \n, as CEL reads them
        ++at_;
        if (peek() == '\n') ++at_;
        token.text += '\n';
      } else {
        token.text += c;
        ++at_;
      }
    }
  }

  Result<void> escape(std::string& out, bool bytes) {
    constexpr std::string_view kNames = "abfnrtv\\?\"'`", kMeanings = "\a\b\f\n\r\t\v\\?\"'`";
    size_t start = at_++;
    char c = peek();
    ++at_;
    if (size_t found = kNames.find(c); found != std::string_view::npos && c != '\0') {
      out += kMeanings[found];
      return {};
    }
    size_t count = c == 'x' || c == 'X' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    int base = 16;
    if (c >= '0' && c <= '3') count = 3, base = 8, --at_;
    if (count == 0 || (bytes && (c == 'u' || c == 'U'))) {
      return bad(start, "unknown escape", "a backslash itself is written \\\\, and r'...' has no escapes");
    }
    uint32_t value = 0;
    for (size_t i = 0; i < count; ++i, ++at_) {
      int each = hex_of(peek());
      if (each < 0 || each >= base) return bad(start, fmt::format("an escape of {} digits is cut short", count));
      value = value * static_cast<uint32_t>(base) + static_cast<uint32_t>(each);
    }
    if (bytes) {
      out += static_cast<char>(value);
    } else if (value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
      return bad(start, "no such code point");
    } else {
      append_utf8(value, out);
    }
    return {};
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<std::vector<Token>> tokens_of(std::string_view text) {
  if (size_t at = utf8_error_at(text); at != text.size()) {
    return fail(Code::kInvalidArgument, "not UTF-8", fmt::format("byte {}", at));
  }
  return Lexer(text).run();
}

std::string place_in(std::string_view text, size_t at) {
  size_t line = 1, column = 1;
  bool several = text.find('\n') != std::string_view::npos;
  for (size_t i = 0; i < std::min(at, text.size());) {
    if (text[i] == '\n') {
      ++line, column = 1, ++i;
    } else {
      next_code_point(text, i);
      ++column;
    }
  }
  return several ? fmt::format("line {}, column {}", line, column) : fmt::format("column {}", column);
}

}  // namespace fovea::expr
