#include "act/mail_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "act/limits.h"
#include "base/digest.h"
#include "base/time_text.h"
#include "base/utf8.h"

namespace fovea::act {
namespace {

constexpr size_t kWordBytes = 42;  // 45 bytes would fill an encoded word's 75 characters; a code point is never cut
constexpr size_t kLineBytes = 57;  // 76 characters of base64 (RFC 2045 6.8)
constexpr size_t kPlainLineMax = 78;

bool printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

std::unexpected<Error> bad_address(std::string_view address) {
  return fail(Code::kInvalidArgument, "not a mail address", std::string(address.substr(0, 80)),
              "write local@domain or Name <local@domain>, in ASCII");
}

struct Mailbox {
  std::string name, address;
};

Result<Mailbox> mailbox_of(std::string_view text) {
  Mailbox out;
  size_t open = text.rfind('<');
  if (open != std::string_view::npos) {
    if (!text.ends_with('>')) return bad_address(text);
    out.address = text.substr(open + 1, text.size() - open - 2);
    std::string_view name = text.substr(0, open);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) name = name.substr(1, name.size() - 2);
    out.name = name;
  } else {
    out.address = text;
  }
  size_t at = out.address.rfind('@');
  bool fits = at != std::string::npos && at > 0 && at + 1 < out.address.size() && out.address.size() <= 254 &&
              printable(out.address) && out.address.find_first_of(" <>\"(),:;\\[]") == std::string::npos &&
              out.address.find('@') == at;
  for (char c : out.name) fits = fits && static_cast<uint8_t>(c) >= 0x20 && c != 0x7F;
  if (!fits) return bad_address(text);
  return out;
}

std::string mailbox_text(const Mailbox& box) {
  if (box.name.empty()) return box.address;
  if (!printable(box.name)) return header_text(box.name) + " <" + box.address + ">";
  std::string quoted;
  for (char c : box.name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return "\"" + quoted + "\" <" + box.address + ">";
}

std::string date_text(TimePoint time) {
  constexpr std::array<std::string_view, 7> kDays = {"Thu", "Fri", "Sat", "Sun",
                                                     "Mon", "Tue", "Wed"};  // from 1970-01-01
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  int64_t seconds = time.ns / 1'000'000'000, days = seconds / 86'400, rest = seconds % 86'400;
  if (rest < 0) --days, rest += 86'400;
  CivilDate date = civil_from_days(days);
  return fmt::format("{}, {} {} {} {:02}:{:02}:{:02} +0000", kDays[static_cast<size_t>(((days % 7) + 7) % 7)], date.day,
                     kMonths[date.month - 1], date.year, rest / 3600, rest / 60 % 60, rest % 60);
}

// Lines ended by CRLF, whatever they ended in.
std::string with_crlf(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\n' || text[i] == '\r') {
      out += "\r\n";
    } else {
      out += text[i];
    }
  }
  if (!out.ends_with("\r\n")) out += "\r\n";
  return out;
}

bool goes_plain(std::string_view text) {
  size_t column = 0;
  for (char c : text) {
    if (c == '\r' || c == '\n') {
      column = 0;
    } else if ((c < 0x20 && c != '\t') || c == 0x7F || ++column > kPlainLineMax) {
      return false;  // a char above 0x7F is negative
    }
  }
  return true;
}

std::string base64_lines(std::string_view text) {
  std::string out;
  for (; !text.empty(); text.remove_prefix(std::min(kLineBytes, text.size()))) {
    out += to_base64(text.substr(0, kLineBytes)) + "\r\n";
  }
  return out;
}

}  // namespace

Result<std::string> bare_address(std::string_view address) {
  FOVEA_TRY(Mailbox box, mailbox_of(address));
  return box.address;
}

std::string header_text(std::string_view text) {
  if (printable(text) && text.size() <= kPlainLineMax - 12) return std::string(text);
  std::string clean = repair_utf8(text), out, word;
  for (size_t at = 0; at < clean.size();) {
    size_t begin = at;
    next_code_point(clean, at);
    if (word.size() + (at - begin) > kWordBytes) {
      out += "=?UTF-8?B?" + to_base64(word) + "?=\r\n ";
      word.clear();
    }
    word += clean.substr(begin, at - begin);
  }
  return out + "=?UTF-8?B?" + to_base64(word) + "?=";
}

Result<std::string> message_text(const MailMessage& message, TimePoint now) {
  FOVEA_TRY(Mailbox from, mailbox_of(message.from));
  std::string to;
  for (const std::string& each : message.to) {
    FOVEA_TRY(Mailbox box, mailbox_of(each));
    to += (to.empty() ? "" : ",\r\n ") + mailbox_text(box);
  }
  std::string domain = from.address.substr(from.address.rfind('@') + 1);
  std::string out = fmt::format(
      "Date: {}\r\nFrom: {}\r\nTo: {}\r\nSubject: {}\r\nMessage-ID: <{}@{}>\r\nAuto-Submitted: auto-generated\r\n"
      "MIME-Version: 1.0\r\n",
      date_text(now), mailbox_text(from), to, header_text(message.subject), message.id, domain);
  std::string text = with_crlf(message.text);
  if (goes_plain(text)) {
    out += "Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n" + text;
  } else {
    out += "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
           base64_lines(repair_utf8(text));
  }
  return out;
}

}  // namespace fovea::act
