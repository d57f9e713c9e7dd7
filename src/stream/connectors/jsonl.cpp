#include "stream/connectors/jsonl.h"

#include <fmt/format.h>

#include "base/digest.h"

namespace fovea::connectors {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

void refuse(record::Event& event, std::string problem) {
  event.decoded = false;
  event.problem = std::move(problem);
}

class Jsonl final : public RecordFormat {
 public:
  uint64_t record_bytes_max() const override { return kLineBytesMax; }
  void begin_file() override {}

  size_t end_of_record(std::string_view buffer, size_t& scanned, bool at_end) override {
    size_t end = buffer.find('\n', scanned);
    scanned = buffer.size();
    if (end != std::string_view::npos) return end + 1;
    return at_end ? buffer.size() : std::string_view::npos;
  }

  std::optional<record::Event> event_of(const Record& record, TimePoint now) override {
    std::string_view line = record.bytes;
    if (record.line == 1 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return std::nullopt;
    record::Event event;
    event.id = record_id(record);
    event.time = now;
    if (record.too_long) return event;
    auto parsed = parse_json(line);
    if (!parsed) {
      refuse(event, fmt::format("{} at {}", parsed.error().message, parsed.error().where));
    } else if (!parsed->is_object()) {
      refuse(event, "a JSON object is expected on each line");
    } else if (parsed->get_object().size() > kFieldsMax) {
      refuse(event, fmt::format("{} members; at most {} are taken", parsed->get_object().size(), kFieldsMax));
    } else {
      event.fields = std::move(parsed->get_object());
    }
    return event;
  }
};

}  // namespace

std::unique_ptr<RecordFormat> jsonl_format() {
  return std::make_unique<Jsonl>();
}

std::string record_id(const Record& record) {
  return fmt::format("{}-{}", record.line, to_hex(bytes_of(sha256(record.bytes)).substr(0, 6)));
}

}  // namespace fovea::connectors
