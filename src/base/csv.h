// A strict reader of CSV (RFC 4180), a row at a time: quotes, doubled quotes, line breaks in quotes, LF and CRLF, a
// UTF-8 byte order mark. Refused: a quote inside an unquoted cell, text after a closing quote, a quote that never
// closes, what is no UTF-8. Whether all rows have equally many cells is the caller's business. An empty line is no row.
// Borrows the text. Threads: one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fovea {

constexpr size_t kCsvCellsMax = 1'024;  // of a row
constexpr size_t kCsvCellBytesMax = 1u << 20;

struct CsvCell {
  std::string text;
  uint32_t column = 1;  // where it begins, in characters of its line
  bool quoted = false;
};

struct CsvRow {
  uint32_t line = 1;  // where it begins
  std::vector<CsvCell> cells;
};

// A quote in the middle of a cell that does not begin with one: an error, or a quote like any other character (tables
// keep it, so that a header cell may read event.body.contains("refund")).
enum class StrayQuotes { kRefuse, kKeep };

class CsvReader {
 public:
  explicit CsvReader(std::string_view text, StrayQuotes stray = StrayQuotes::kRefuse);
  // The next row, or nothing at the end. Errors: kInvalidArgument, kResourceExhausted; `where` is "LINE:COLUMN".
  Result<std::optional<CsvRow>> next();

 private:
  Result<void> cell(CsvCell& out);
  Result<void> quoted(CsvCell& out);
  std::unexpected<Error> bad(Code code, std::string message, std::string hint = {}) const;
  bool at_line_end() const;
  void step();

  std::string_view text_;
  StrayQuotes stray_;
  size_t at_ = 0;
  uint32_t line_ = 1, column_ = 1;
};

// A cell as it stands in a file: in quotes where it needs them.
std::string csv_cell(std::string_view text);

}  // namespace fovea
