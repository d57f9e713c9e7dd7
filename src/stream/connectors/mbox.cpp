#include "stream/connectors/mbox.h"

#include <fmt/format.h>

#include <algorithm>

#include "stream/connectors/mail_message.h"

namespace fovea::connectors {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The message without its separator line, ">From " as "From " again.
std::string unescape(std::string_view record) {
  if (size_t end = record.find('\n'); is_mbox_separator(record.substr(0, end))) {
    record = end == std::string_view::npos ? "" : record.substr(end + 1);
  }
  std::string out;
  out.reserve(record.size());
  while (!record.empty()) {
    size_t end = std::min(record.find('\n'), record.size() - 1) + 1;
    std::string_view line = record.substr(0, end);
    size_t quotes = line.find_first_not_of('>');
    if (quotes != std::string_view::npos && quotes > 0 && line.substr(quotes).starts_with("From "))
      line.remove_prefix(1);
    out += line;
    record.remove_prefix(end);
  }
  return out;
}

class Mbox final : public RecordFormat {
 public:
  explicit Mbox(std::string shown) : shown_(std::move(shown)) {}
  uint64_t record_bytes_max() const override { return kMailBytesMax; }
  void begin_file() override {}

  size_t end_of_record(std::string_view buffer, size_t& scanned, bool at_end) override {
    constexpr std::string_view kBeforeCrLf = "\n\r\nFrom ";
    size_t from = scanned > kBeforeCrLf.size() ? scanned - kBeforeCrLf.size() : 0;
    while (true) {
      size_t at = buffer.find("\nFrom ", from);
      if (at == std::string_view::npos) break;
      size_t line = at + 1;
      size_t end = buffer.find('\n', line);
      if (end == std::string_view::npos && !at_end) {  // the separator is not there as a whole
        scanned = at;
        return std::string_view::npos;
      }
      bool after_empty = (at > 0 && buffer[at - 1] == '\n') || (at > 1 && buffer.substr(at - 2, 2) == "\n\r");
      if (after_empty && is_mbox_separator(buffer.substr(line, end - line))) return line;
      from = line;
    }
    scanned = buffer.size();
    return at_end ? buffer.size() : std::string_view::npos;
  }

  std::optional<record::Event> event_of(const Record& record, TimePoint now) override {
    if (record.bytes.find_first_not_of(" \t\r\n") == std::string_view::npos) return std::nullopt;
    record::Event event = mail_event(unescape(record.bytes), now, now);
    event.original = fmt::format("{}:{}", shown_, record.line);
    return event;
  }

 private:
  std::string shown_;
};

}  // namespace

// "From address Thu Aug 22 12:36:23 2002", with or without a zone or what else follows.
bool is_mbox_separator(std::string_view line) {
  if (!line.starts_with("From ")) return false;
  bool clock = false, year = false;
  for (size_t i = 5; i + 3 < line.size(); ++i) {
    if (i + 4 < line.size() && is_digit(line[i]) && is_digit(line[i + 1]) && line[i + 2] == ':' &&
        is_digit(line[i + 3])) {
      clock = true;
    }
    if (is_digit(line[i]) && is_digit(line[i + 1]) && is_digit(line[i + 2]) && is_digit(line[i + 3]) &&
        line[i - 1] == ' ') {
      year = true;
    }
  }
  return clock && year;
}

std::unique_ptr<RecordFormat> mbox_format(std::string shown) {
  return std::make_unique<Mbox>(std::move(shown));
}

}  // namespace fovea::connectors
