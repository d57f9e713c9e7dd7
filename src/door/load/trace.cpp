#include "door/load/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/csv.h"
#include "base/files.h"
#include "base/time_text.h"
#include "door/load/limits.h"

namespace fovea::load {
namespace {

constexpr std::array<std::string_view, 6> kTimes = {"timestamp", "time", "arrival", "arrived_at", "arrival_time", "ts"};
constexpr std::array<std::string_view, 7> kLengths = {
    "tokens", "length", "contexttokens", "input_length", "input_tokens", "num_prefill_tokens", "prompt_tokens"};

struct Columns {
  size_t time = 0;
  std::optional<size_t> length;
  double unit_ns = 1e9;  // of times that are numbers
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

std::unexpected<Error> bad(const std::string& path, const CsvRow& row, uint32_t column, std::string message,
                           std::string hint = {}) {
  return fail(Code::kInvalidArgument, std::move(message), fmt::format("{}:{}:{}", path, row.line, column),
              std::move(hint));
}

Result<Columns> columns_of(const CsvRow& header, const std::string& path) {
  std::optional<size_t> time;
  Columns columns;
  for (size_t i = 0; i < header.cells.size(); ++i) {
    std::string name = lower(header.cells[i].text);
    if (!columns.length && std::ranges::count(kLengths, name) > 0) columns.length = i;
    const bool millis = name.ends_with("_ms");
    if (millis) name.resize(name.size() - 3);
    if (time || std::ranges::count(kTimes, name) == 0) continue;
    time = i;
    if (millis) columns.unit_ns = 1e6;
  }
  if (!time)
    return bad(path, header, 1, "no column tells when requests came",
               "a header row with a column 'timestamp': RFC 3339 or seconds");
  columns.time = *time;
  return columns;
}

// nullopt: neither a number nor a time.
std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

// "2023-11-16 18:17:03.9799600" is UTC; else RFC 3339.
std::optional<int64_t> time_of(std::string text) {
  if (text.size() > 10 && text[10] == ' ') text[10] = 'T';
  const bool zoned = text.ends_with('Z') || text.ends_with('z') ||
                     (text.size() > 19 && text.find_first_of("+-", 19) != std::string::npos);
  if (!zoned) text += 'Z';
  const auto time = parse_rfc3339(text);
  return time ? std::optional(time->ns) : std::nullopt;
}

Result<TraceRow> row_of(const CsvRow& row, const Columns& columns, const std::string& path) {
  const size_t last = std::max(columns.time, columns.length.value_or(0));
  if (row.cells.size() <= last)
    return bad(path, row, 1, fmt::format("{} cells, the header has more", row.cells.size()));
  const CsvCell& when = row.cells[columns.time];
  TraceRow out;
  if (const auto number = number_of(when.text)) {
    if (std::abs(*number) * columns.unit_ns > 9e18) return bad(path, row, when.column, "the time is out of range");
    out.at_ns = static_cast<int64_t>(*number * columns.unit_ns);
  } else if (const auto time = time_of(when.text)) {
    out.at_ns = *time;
  } else {
    return bad(path, row, when.column, fmt::format("'{}' is no time", when.text), "RFC 3339 or seconds");
  }
  if (!columns.length) return out;
  const CsvCell& length = row.cells[*columns.length];
  const auto tokens = number_of(length.text);
  if (!tokens || *tokens < 0 || *tokens != std::floor(*tokens) || *tokens > 4e9)
    return bad(path, row, length.column, fmt::format("'{}' is no number of tokens", length.text));
  out.tokens = std::max<uint32_t>(1, static_cast<uint32_t>(*tokens));
  return out;
}

}  // namespace

double Trace::rate() const {
  const double span = span_s();
  return span > 0 ? static_cast<double>(rows.size() - 1) / span : 0;
}

Result<Trace> parse_trace(std::string_view csv, const std::string& path) {
  CsvReader reader(csv);
  const auto next = [&]() -> Result<std::optional<CsvRow>> {
    auto row = reader.next();
    if (!row) row.error().where = path + ":" + row.error().where;
    return row;
  };
  FOVEA_TRY(const std::optional<CsvRow> header, next());
  if (!header) return fail(Code::kInvalidArgument, "the trace is empty", path, "a CSV file with a header row");
  FOVEA_TRY(const Columns columns, columns_of(*header, path));
  Trace trace;
  trace.has_lengths = columns.length.has_value();
  for (;;) {
    FOVEA_TRY(const std::optional<CsvRow> row, next());
    if (!row) break;
    if (trace.rows.size() == kTraceRowsMax)
      return fail(Code::kResourceExhausted, fmt::format("more than {} rows", kTraceRowsMax), path);
    FOVEA_TRY(const TraceRow parsed, row_of(*row, columns, path));
    trace.rows.push_back(parsed);
  }
  if (trace.rows.empty()) return fail(Code::kInvalidArgument, "the trace has a header and no rows", path);
  std::ranges::stable_sort(trace.rows, {}, &TraceRow::at_ns);
  const int64_t first = trace.rows.front().at_ns;
  if (trace.rows.back().at_ns > 0 && first < 0 && trace.rows.back().at_ns > INT64_MAX + first)
    return fail(Code::kInvalidArgument, "the times lie too far apart", path);
  for (TraceRow& row : trace.rows) row.at_ns -= first;
  return trace;
}

Result<Trace> read_trace(const std::string& path) {
  FOVEA_TRY(const std::string csv, read_file(path, kFileBytesMax));
  return parse_trace(csv, path);
}

}  // namespace fovea::load
