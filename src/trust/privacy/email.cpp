#include "trust/privacy/email.h"

#include <algorithm>

namespace fovea::privacy {
namespace {

constexpr size_t kLocalBytesMax = 128;
constexpr size_t kDomainBytesMax = 255;

bool is_alnum(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_local(unsigned char c) {
  return is_alnum(c) || std::string_view("._%+-'&=*/!#$^~{}|`?").find(static_cast<char>(c)) != std::string_view::npos;
}

// Where the local part that ends at `end` begins. Latin, Greek and Cyrillic letters (two bytes) belong to it, Chinese
// characters do not: an address stands in Chinese text without a blank.
size_t local_begin(std::string_view text, size_t end, size_t floor) {
  size_t at = end;
  while (at > floor && end - at < kLocalBytesMax) {
    auto c = static_cast<unsigned char>(text[at - 1]);
    if (is_local(c)) {
      --at;
    } else if (at >= floor + 2 && c >= 0x80 && c <= 0xBF && static_cast<unsigned char>(text[at - 2]) >= 0xC3 &&
               static_cast<unsigned char>(text[at - 2]) <= 0xD4) {
      at -= 2;
    } else {
      break;
    }
  }
  // An address seldom begins with a sign; "mailto?to=a@b.example" and "/a@b.example" hold one after it.
  size_t cut = text.substr(at, end - at).find_last_of("=/?&|`{}");
  if (cut != std::string_view::npos) at += cut + 1;
  while (at < end && !is_alnum(static_cast<unsigned char>(text[at])) && static_cast<unsigned char>(text[at]) < 0x80 &&
         text[at] != '_') {
    ++at;
  }
  if (at == end && end > floor && text[end - 1] == '"') {
    size_t open = text.substr(0, end - 1).rfind('"');
    if (open != std::string_view::npos && open >= floor && end - open < kLocalBytesMax) return open;
  }
  return at;
}

// Where the domain that begins at `begin` ends; `begin` where there is none (no dot, or a last label without a letter).
size_t domain_end(std::string_view text, size_t begin) {
  size_t at = begin;
  while (at < text.size() && at - begin < kDomainBytesMax) {
    auto c = static_cast<unsigned char>(text[at]);
    if (is_alnum(c) || c == '-' || (c == '.' && at > begin && text[at - 1] != '.')) {
      ++at;
    } else if (c >= 0xC3 && c <= 0xD4 && at + 1 < text.size() &&
               (static_cast<unsigned char>(text[at + 1]) & 0xC0) == 0x80) {
      at += 2;
    } else {
      break;
    }
  }
  while (at > begin && (text[at - 1] == '.' || text[at - 1] == '-')) --at;
  std::string_view domain = text.substr(begin, at - begin);
  size_t dot = domain.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return begin;
  std::string_view last = domain.substr(dot + 1);
  bool letters = last.size() >= 2 && std::ranges::any_of(last, [](unsigned char c) { return c > '9'; });
  return letters ? at : begin;
}

}  // namespace

void find_emails(std::string_view text, std::vector<Span>& out) {
  size_t floor = 0;
  auto try_at = [&](size_t sign, size_t sign_bytes) {
    size_t begin = local_begin(text, sign, floor);
    size_t end = begin < sign ? domain_end(text, sign + sign_bytes) : sign + sign_bytes;
    if (begin < sign && end > sign + sign_bytes) {
      out.push_back({begin, end, Kind::kEmail});
      floor = end;
    }
  };
  bool rare = text.find("%40") != std::string_view::npos || text.find("\xEF\xBC\xA0") != std::string_view::npos;
  if (!rare) {
    for (size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) try_at(at, 1);
    return;
  }
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '@') try_at(at, 1);
    if (text[at] == '%' && text.substr(at, 3) == "%40") try_at(at, 3);
    if (text[at] == '\xEF' && text.substr(at, 3) == "\xEF\xBC\xA0") try_at(at, 3);  // full-width
  }
}

}  // namespace fovea::privacy
