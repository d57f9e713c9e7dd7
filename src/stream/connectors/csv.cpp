#include "stream/connectors/csv.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "stream/connectors/jsonl.h"

namespace fovea::connectors {
namespace {

char separator_of(std::string_view header) {
  char best = ',';
  for (char each : {',', ';', '\t'}) {
    if (std::ranges::count(header, each) > std::ranges::count(header, best)) best = each;
  }
  return best;
}

class Csv final : public RecordFormat {
 public:
  uint64_t record_bytes_max() const override { return kLineBytesMax; }
  void begin_file() override {
    names_.clear();
    problem_.clear();
    seen_header_ = false;
  }

  bool needs_header() const override { return !seen_header_; }

  size_t end_of_record(std::string_view buffer, size_t& scanned, bool at_end) override {
    if (scanned == 0) quoted_ = too_long_ = false;
    too_long_ = too_long_ || buffer.size() > record_bytes_max() + 2;
    for (; scanned < buffer.size(); ++scanned) {
      if (buffer[scanned] == '"') quoted_ = !quoted_;
      // Past its limit a record ends at any line end: one quote left open must not swallow the file.
      if (buffer[scanned] == '\n' && (!quoted_ || too_long_)) return scanned + 1;
    }
    return at_end ? buffer.size() : std::string_view::npos;
  }

  std::optional<record::Event> event_of(const Record& record, TimePoint now) override {
    std::string_view line = record.bytes;
    if (record.line == 1 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    if (!seen_header_ && line.find_first_not_of(" \t\r\n") != std::string_view::npos) return header(record, line, now);
    if (line.find_first_not_of(" \t\r\n") == std::string_view::npos) return std::nullopt;
    record::Event event;
    event.id = record_id(record);
    event.time = now;
    if (record.too_long) return event;
    event.problem = problem_.empty() ? fill(event, line) : problem_;
    event.decoded = event.problem.empty();
    return event;
  }

 private:
  // A header that cannot be used refuses every row, each with its line, so that none is lost.
  std::optional<record::Event> header(const Record& record, std::string_view line, TimePoint) {
    seen_header_ = true;
    separator_ = separator_of(line);
    auto cells = split_csv(line, separator_);
    if (!cells) return problem_ = "the header: " + cells.error().message, std::nullopt;
    names_ = std::move(*cells);
    if (record.too_long || names_.size() > kFieldsMax) {
      problem_ = fmt::format("the header has {} columns; at most {} are taken", names_.size(), kFieldsMax);
    }
    for (size_t i = 0; i < names_.size(); ++i) {
      if (names_[i].empty()) names_[i] = fmt::format("column_{}", i + 1);
      if (std::find(names_.begin(), names_.begin() + static_cast<ptrdiff_t>(i), names_[i]) !=
          names_.begin() + static_cast<ptrdiff_t>(i)) {
        problem_ = fmt::format("the header has the column '{}' twice", names_[i]);
      }
    }
    return std::nullopt;
  }

  std::string fill(record::Event& event, std::string_view line) const {
    auto cells = split_csv(line, separator_);
    if (!cells) return cells.error().message;
    if (cells->size() > names_.size()) {
      return fmt::format("{} cells where the header has {} columns", cells->size(), names_.size());
    }
    for (size_t i = 0; i < cells->size(); ++i) {
      if (!is_utf8((*cells)[i])) return fmt::format("column '{}' is not UTF-8", names_[i]);
      event.fields[names_[i]] = (*cells)[i];
    }
    return {};
  }

  std::vector<std::string> names_;
  std::string problem_;
  char separator_ = ',';
  bool seen_header_ = false;
  bool quoted_ = false;
  bool too_long_ = false;
};

}  // namespace

std::unique_ptr<RecordFormat> csv_format() {
  return std::make_unique<Csv>();
}

Result<std::vector<std::string>> split_csv(std::string_view record, char separator) {
  std::vector<std::string> cells(1);
  bool quoted = false, closed = false;
  for (size_t i = 0; i < record.size(); ++i) {
    char c = record[i];
    if (quoted) {
      if (c != '"') {
        cells.back() += c;
      } else if (i + 1 < record.size() && record[i + 1] == '"') {
        cells.back() += '"';
        ++i;
      } else {
        quoted = false;
        closed = true;
      }
    } else if (c == separator) {
      cells.emplace_back();
      closed = false;
    } else if (c == '"' && cells.back().empty() && !closed) {
      quoted = true;
    } else if (closed) {
      return fail(Code::kInvalidArgument, fmt::format("text after the closing quote of cell {}", cells.size()));
    } else {
      cells.back() += c;
    }
  }
  if (quoted)
    return fail(Code::kInvalidArgument, fmt::format("the quote that opens cell {} is not closed", cells.size()));
  return cells;
}

}  // namespace fovea::connectors
