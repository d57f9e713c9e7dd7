#include "stream/connectors/mail_message.h"

#include <fmt/format.h>
#include <gmime/gmime.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>

#include "base/digest.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "stream/connectors/charset.h"
#include "stream/connectors/limits.h"
#include "stream/connectors/mail_body.h"
#include "stream/connectors/mail_date.h"
#include "stream/connectors/mail_repair.h"

namespace fovea::connectors {
namespace {

struct Unref {
  template <typename T>
  void operator()(T* object) const {
    if (object != nullptr) g_object_unref(object);
  }
};

void start_gmime() {
  static std::once_flag once;  // a fact of the library: its types are registered once in a process
  std::call_once(once, [] { g_mime_init(); });
}

std::string short_digest(std::string_view bytes) {
  return to_hex(bytes_of(sha256(bytes)).substr(0, 12));
}

// A line that could be a header: a name of printable ASCII, then a colon.
bool is_header_line(std::string_view line) {
  size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon > 76) return false;
  return std::ranges::all_of(line.substr(0, colon), [](unsigned char c) { return c > 32 && c < 127; });
}

// Why the bytes are no message; empty where they may be one.
std::string refusal(std::string_view bytes) {
  if (bytes.size() > kMailBytesMax) return fmt::format("{} bytes; a message may have {}", bytes.size(), kMailBytesMax);
  if (bytes.find_first_not_of(" \t\r\n") == std::string_view::npos) return "the file is empty";
  if (bytes.find_first_not_of('\0') == std::string_view::npos) return "the file holds nothing but NUL bytes";
  constexpr size_t kLooked = 4096, kLinesLooked = 20;
  std::string_view head = bytes.substr(0, kLooked);
  auto strange = static_cast<size_t>(std::ranges::count_if(
      head, [](unsigned char c) { return c < 32 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 27; }));
  if (strange * 20 > head.size()) return "the file is binary, no mail message";
  size_t lines = 0;
  for (std::string_view rest = head; !rest.empty() && lines < kLinesLooked; ++lines) {
    size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    if (is_header_line(line)) return {};
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return "no header line (such as 'Subject: ...') at the start: no mail message";
}

// What GMime needs to begin with a header: blank lines and an mbox separator before it are skipped.
std::string_view from_first_header(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  while (!bytes.empty()) {
    size_t end = std::min(bytes.find('\n'), bytes.size());
    std::string_view line = bytes.substr(0, end);
    if (is_header_line(line)) return bytes;
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return bytes;
}

class Headers {
 public:
  explicit Headers(GMimeMessage* message) : list_(g_mime_object_get_header_list(GMIME_OBJECT(message))) {}

  std::optional<std::string> raw(const char* name) const {
    GMimeHeader* header = g_mime_header_list_get_header(list_, name);
    const char* value = header == nullptr ? nullptr : g_mime_header_get_raw_value(header);
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  }
  std::string text(const char* name) const { return decode_header(raw(name).value_or("")); }

 private:
  GMimeHeaderList* list_;  // of the message; the first of a name is the topmost
};

struct Address {
  std::string address, name;
};

void collect(InternetAddressList* list, std::vector<Address>& out, int depth) {
  for (int i = 0; list != nullptr && i < internet_address_list_length(list) && out.size() < kAddressesMax; ++i) {
    InternetAddress* each = internet_address_list_get_address(list, i);
    const char* name = internet_address_get_name(each);
    if (INTERNET_ADDRESS_IS_MAILBOX(each)) {
      const char* address = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(each));
      out.push_back({decode_header(address == nullptr ? "" : address), decode_header(name == nullptr ? "" : name)});
    } else if (INTERNET_ADDRESS_IS_GROUP(each) && depth < 4) {
      collect(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(each)), out, depth + 1);
    }
  }
}

// Names in raw GB18030 or Latin bytes are made UTF-8 before GMime looks at them.
std::vector<Address> addresses(const Headers& headers, const char* name) {
  std::vector<Address> out;
  auto raw = headers.raw(name);
  if (!raw) return out;
  std::string value = to_utf8(*raw, "").text;
  InternetAddressList* list = internet_address_list_parse(nullptr, value.c_str());
  if (list != nullptr) {
    collect(list, out, 0);
    g_object_unref(list);
  }
  if (out.empty() && value.find_first_not_of(" \t\r\n") != std::string::npos) out.push_back({"", decode_header(value)});
  for (Address& each : out) {
    std::ranges::transform(each.address, each.address.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  }
  return out;
}

JsonArray address_array(const Headers& headers, const char* name) {
  JsonArray out;
  for (const Address& each : addresses(headers, name)) {
    out.emplace_back(each.address.empty() ? each.name : each.address);
  }
  return out;
}

// The first "<...>" of a header; its first word where there is none.
std::string first_message_id(std::string_view header) {
  size_t open = header.find('<'), close = header.find('>', open == std::string_view::npos ? 0 : open);
  if (open != std::string_view::npos && close != std::string_view::npos) {
    return std::string(header.substr(open + 1, close - open - 1));
  }
  size_t first = header.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(header.substr(first, std::min(header.find_first_of(" \t\r\n", first), header.size()) - first));
}

void fill_identity(record::Event& event, const Headers& headers, std::string_view bytes) {
  std::string own = first_message_id(headers.raw("Message-ID").value_or(""));
  std::string root = first_message_id(headers.raw("References").value_or(""));
  if (root.empty()) root = first_message_id(headers.raw("In-Reply-To").value_or(""));
  event.id = "m-" + short_digest(own.empty() ? bytes : std::string_view(own));
  event.key = "t-" + (root.empty() && own.empty() ? event.id.substr(2) : short_digest(root.empty() ? own : root));
  event.fields["id"] = event.id;
  event.fields["thread"] = event.key;
}

void fill_people(record::Event& event, const Headers& headers) {
  std::vector<Address> from = addresses(headers, "From");
  if (from.empty()) from = addresses(headers, "Sender");
  event.fields["from"] = from.empty() ? "" : from[0].address;
  event.fields["from_name"] = from.empty() ? "" : from[0].name;
  event.fields["to"] = address_array(headers, "To");
  event.fields["cc"] = address_array(headers, "Cc");
  std::vector<Address> reply_to = addresses(headers, "Reply-To");
  event.fields["reply_to"] = reply_to.empty() ? "" : reply_to[0].address;
  event.fields["subject"] = headers.text("Subject");
}

void fill_times(record::Event& event, const Headers& headers, TimePoint file_time) {
  std::optional<std::string> date = headers.raw("Date");
  std::optional<TimePoint> received;
  if (auto topmost = headers.raw("Received")) received = received_date(*topmost);
  std::optional<std::string_view> claimed;
  if (date) claimed = *date;
  MailTime chosen = choose_mail_time(claimed, received, file_time);
  event.time = chosen.time;
  event.fields["date"] = format_rfc3339(chosen.time);
  event.fields["date_header"] = decode_header(date.value_or(""));
  event.fields["date_problem"] = chosen.problem;
  event.fields["received"] = received ? format_rfc3339(*received) : "";
}

std::unique_ptr<GMimeMessage, Unref> parse(std::string_view bytes) {
  std::unique_ptr<GMimeStream, Unref> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
  std::unique_ptr<GMimeParser, Unref> parser(g_mime_parser_new_with_stream(stream.get()));
  return std::unique_ptr<GMimeMessage, Unref>(g_mime_parser_construct_message(parser.get(), nullptr));
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

void fill_body(record::Event& event, GMimeMessage* message, std::string_view bytes) {
  MailBody body = read_mail_body(message);
  GMimeObject* root = g_mime_message_get_mime_part(message);
  bool multipart = root != nullptr && GMIME_IS_MULTIPART(root);
  if (multipart && is_blank(body.text) && is_blank(body.forwarded) && body.attachments.empty()) {
    GMimeContentType* type = g_mime_object_get_content_type(root);
    const char* kind = type == nullptr ? nullptr : g_mime_content_type_get_media_subtype(type);
    std::string repaired = repaired_message(bytes, kind == nullptr ? "" : kind);
    auto again = repaired.empty() ? nullptr : parse(repaired);
    if (again) body = read_mail_body(again.get());
  }
  // A mail that is nothing but a forward says what it forwards.
  event.fields["text"] = is_blank(body.text) ? body.forwarded : std::move(body.text);
  event.fields["html"] = std::move(body.html);
  event.fields["forwarded"] = std::move(body.forwarded);
  event.fields["attachments"] = std::move(body.attachments);
  event.fields["charset_repaired"] = body.charset_repaired;
  event.fields["truncated"] = body.truncated;
}

}  // namespace

record::Event mail_event(std::string_view bytes, TimePoint file_time, TimePoint now) {
  start_gmime();
  record::Event event;
  event.received = now;
  event.time = file_time;
  event.id = "m-" + short_digest(bytes);
  event.fields["id"] = event.id;
  event.problem = refusal(bytes);
  event.decoded = event.problem.empty();
  if (!event.decoded) return event;

  std::string_view whole = from_first_header(bytes);
  std::unique_ptr<GMimeMessage, Unref> message = parse(whole);
  if (!message) {
    event.decoded = false;
    event.problem = "the headers cannot be read: no mail message";
    return event;
  }
  Headers headers(message.get());
  fill_identity(event, headers, bytes);
  fill_people(event, headers);
  fill_times(event, headers, file_time);
  fill_body(event, message.get(), whole);
  event.fields["auto_submitted"] = headers.text("Auto-Submitted");
  event.fields["list_id"] = headers.text("List-Id");
  std::string importance = headers.text("Importance");
  event.fields["importance"] = importance.empty() ? headers.text("X-Priority") : importance;
  return event;
}

}  // namespace fovea::connectors
