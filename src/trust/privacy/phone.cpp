#include "trust/privacy/phone.h"

#include <algorithm>

namespace fovea::privacy {
namespace {

constexpr Words kPhoneWords(
    "tel|phone|telephone|call|mobile|cell|fax|whatsapp|ring|text me|sms|reach me|reach|dial|answering at|number is|"
    "contact number|registered|messages to|电话|手机|手机号|联系方式|致电|座机|传真|热线|微信|拨打|號碼|電話|打给");
constexpr Words kOrderWords(
    "order|tracking|invoice|ref|reference|ticket|serial|sku|parcel|shipment|waybill|transaction|订单|单号|订单号|运单|"
    "快递|编号|发票|流水|序列号|货号|工单|訂單");

// Groups `first` to `last` as one string of digits.
std::string joined(const Chain& chain, size_t first, size_t last) {
  std::string digits;
  for (size_t i = first; i <= last; ++i) digits += chain.groups[i].digits;
  return digits;
}

bool is_cn_mobile(std::string_view digits) {
  return digits.size() == 11 && digits[0] == '1' && digits[1] >= '3' && digits[1] <= '9';
}

// The number without +86, 0086 or 86 before it.
std::string_view without_china(std::string_view digits) {
  for (std::string_view prefix : {"0086", "086", "86"}) {
    if (digits.size() == prefix.size() + 11 && digits.starts_with(prefix)) return digits.substr(prefix.size());
  }
  return digits;
}

struct Shape {
  const Chain& chain;
  size_t first, last;
  size_t length(size_t i) const { return chain.groups[first + i].digits.size(); }
  size_t groups() const { return last - first + 1; }
  char lead() const { return chain.groups[first].digits[0]; }
};

bool is_cn_landline(const Shape& shape, std::string_view digits) {
  if (shape.lead() != '0' || digits.size() < 10 || digits[1] == '0') return false;
  if (shape.groups() == 1) return digits.size() >= 10 && digits.size() <= 12 && digits[1] != '0';
  size_t area = shape.length(0), local = shape.length(1);
  if (area < 3 || area > 4) return false;
  if (shape.groups() == 2) return local == 7 || local == 8;
  return shape.groups() == 3 && (local == 7 || local == 8 || (local == 4 && shape.length(2) == 4)) &&
         shape.length(2) <= 6;
}

// 3-3-4 with an area code from 200 on, a 1 before it or not; 555-01xx, which is kept for fiction, by itself.
bool is_north_american(const Shape& shape, std::string_view digits) {
  size_t skip = shape.groups() == 4 && digits[0] == '1' && shape.length(0) == 1 ? 1 : 0;
  if (shape.groups() == 3 + skip) {
    return shape.length(skip) == 3 && shape.length(skip + 1) == 3 && shape.length(skip + 2) == 4 && digits[skip] >= '2';
  }
  return shape.groups() == 2 && digits.size() == 7 && shape.length(0) == 3 && digits.starts_with("55501");
}

// A trunk 0 and an area code of at least three digits, or French pairs.
bool is_national(const Shape& shape, std::string_view digits) {
  if (shape.lead() != '0' || digits.size() < 9 || digits.size() > 12 || digits[1] == '0') return false;
  bool pairs = shape.groups() == 5;
  for (size_t i = 0; i < shape.groups(); ++i) pairs = pairs && shape.length(i) == 2;
  if (pairs) return true;
  if (shape.groups() == 1) return digits.size() >= 10 && digits.size() <= 11;
  if (shape.length(0) < 3 || shape.groups() > 4) return false;
  for (size_t i = 1; i < shape.groups(); ++i) {
    if (shape.length(i) < 2) return false;
  }
  return true;
}

bool is_international(const Chain& chain, size_t first, std::string_view digits) {
  if (first == 0 && chain.plus) return digits.size() >= 8 && digits.size() <= 15 && digits[0] != '0';
  if (first != 0 || !digits.starts_with("00") || digits.size() < 11 || digits.size() > 17) return false;
  return digits[2] != '0';
}

// By its form alone, whatever stands before it.
bool has_form(const Shape& shape, std::string_view digits) {
  return is_international(shape.chain, shape.first, digits) || is_cn_mobile(without_china(digits)) ||
         is_cn_landline(shape, digits) || is_north_american(shape, digits) || is_national(shape, digits);
}

// "order no. ", "单号：", "#": what follows is no phone number.
bool names_an_order(std::string_view text, size_t begin) {
  if (begin > 0 && text[begin - 1] == '#') return true;
  std::optional<std::string_view> words = after_word(text, begin, kOrderWords);
  if (!words) return false;
  std::string between(*words);
  std::ranges::transform(between, between.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  for (std::string_view filler :
       {"number", "numbers", "num", "no", "nr", "id", "is", "code", "：", "号", "码", "是", "为"}) {
    for (size_t at; (at = between.find(filler)) != std::string::npos;) between.erase(at, filler.size());
  }
  return between.find_first_not_of(" :.#-=(\"'") == std::string::npos;
}

// "28-64-66-98 office", "... (mobile)", "...-Fax": business cards name the line after the number.
bool named_after(std::string_view text, size_t end) {
  std::string_view rest = text.substr(end, 12);
  size_t first = rest.find_first_not_of(" \t-(/\\,");
  if (first == std::string_view::npos || first == 0) return false;
  std::string word;
  for (char c : rest.substr(first)) word += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  for (std::string_view each : {"office", "fax", "mobile", "cell", "home", "tel", "phone", "电话", "手机", "传真"}) {
    if (word.starts_with(each)) return true;
  }
  return false;
}

// "555-0142x36": past the extension.
size_t extension_end(std::string_view text, size_t end) {
  if (end + 1 >= text.size() || (text[end] != 'x' && text[end] != 'X')) return end;
  size_t at = end + 1;
  while (at < text.size() && at - end <= 6 && text[at] >= '0' && text[at] <= '9') ++at;
  return at > end + 1 ? at : end;
}

// "tel: ", "call me on ", "电话 ": anything that could be a phone number is one.
bool names_a_phone(std::string_view text, size_t begin) {
  constexpr size_t kBetweenBytesMax = 16;
  std::optional<std::string_view> between = after_word(text, begin, kPhoneWords);
  if (!between || between->size() > kBetweenBytesMax) return false;
  if (between->find_first_not_of(": \r\n") == std::string_view::npos) return true;  // a heading, the number below it
  return between->find_first_of("0123456789\n") == std::string_view::npos;
}

}  // namespace

size_t phone_at(const Chain& chain, size_t first, Span& span) {
  constexpr size_t kGroupsMax = 7;
  size_t begin = first == 0 ? chain.begin : chain.groups[first].begin;
  // A dot before the run is a decimal point or a part of a version.
  if (first > 0 && chain.groups[first].gap == '.') return 0;
  std::optional<bool> phone_word, order_word;  // looked for where they matter
  size_t last_max = std::min(chain.groups.size(), first + kGroupsMax);
  for (size_t last = last_max; last-- > first;) {
    std::string digits = joined(chain, first, last);
    if (digits.size() < 7 || digits.size() > 17) continue;
    bool formed = has_form({chain, first, last}, digits);
    if (!formed) {
      if (digits.size() > 15) continue;
      if (!phone_word) phone_word = names_a_phone(chain.text, begin);
      if (!*phone_word && !named_after(chain.text, chain.groups[last].end)) continue;
    }
    if (!order_word) order_word = !(first == 0 && chain.plus) && names_an_order(chain.text, begin);
    size_t end = extension_end(chain.text, chain.groups[last].end);
    if (*order_word || touches_word(chain.text, begin, end)) continue;
    span = {begin, end, Kind::kPhone};
    return last - first + 1;
  }
  return 0;
}

}  // namespace fovea::privacy
