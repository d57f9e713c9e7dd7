#include "stream/connectors/dropped_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/time_text.h"
#include "stream/connectors/charset.h"
#include "stream/connectors/mail_message.h"

namespace fovea::connectors {
namespace {

// No NUL and hardly a control character in the first 4 KiB.
bool is_text(std::string_view bytes) {
  std::string_view head = bytes.substr(0, 4096);
  auto strange = static_cast<size_t>(std::ranges::count_if(
      head, [](unsigned char c) { return c < 32 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 27; }));
  return head.find('\0') == std::string_view::npos && strange * 100 <= head.size();
}

void fill_json(record::Event& event, std::string_view bytes) {
  auto parsed = parse_json(bytes);
  if (parsed && parsed->is_object() && parsed->get_object().size() <= kFieldsMax) {
    event.fields = std::move(parsed->get_object());
    return;
  }
  event.decoded = false;
  event.problem = parsed ? fmt::format("a JSON object of at most {} members is expected", kFieldsMax)
                         : fmt::format("{} at {}", parsed.error().message, parsed.error().where);
}

}  // namespace

record::Event dropped_file_event(const FolderFile& file, std::string_view bytes, TimePoint now) {
  if (file.name.ends_with(".eml")) {
    record::Event mail = mail_event(bytes, file.modified, now);
    if (mail.decoded && !mail.fields.contains("name")) mail.fields["name"] = file.name;
    return mail;
  }
  record::Event event;
  event.time = file.modified;
  event.id = "f-" + to_hex(bytes_of(sha256(file.name + '\0' + std::string(bytes))).substr(0, 12));
  if (file.name.ends_with(".json")) fill_json(event, bytes);
  auto put = [&](std::string_view name, auto value) {
    if (!event.fields.contains(name)) event.fields[name] = std::move(value);
  };
  put("name", file.name);
  put("path", file.shown);
  put("bytes", bytes.size());
  put("modified", format_rfc3339(file.modified));
  if (file.name.ends_with(".json")) return event;
  std::string text = is_text(bytes) ? to_utf8(bytes.substr(0, kTextBytesMax), "").text : "";
  put("binary", !bytes.empty() && text.empty());
  put("text", std::move(text));
  return event;
}

}  // namespace fovea::connectors
