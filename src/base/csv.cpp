#include "base/csv.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace fovea {

CsvReader::CsvReader(std::string_view text, StrayQuotes stray) : text_(text), stray_(stray) {
  if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
}

std::unexpected<Error> CsvReader::bad(Code code, std::string message, std::string hint) const {
  return fail(code, std::move(message), fmt::format("{}:{}", line_, column_), std::move(hint));
}

bool CsvReader::at_line_end() const {
  return at_ >= text_.size() || text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n";
}

void CsvReader::step() {
  char c = text_[at_++];
  if (c == '\n') {
    ++line_, column_ = 1;
  } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
    ++column_;
  }
}

Result<std::optional<CsvRow>> CsvReader::next() {
  while (at_ < text_.size() && at_line_end()) step();
  if (at_ >= text_.size()) return std::nullopt;
  CsvRow row;
  row.line = line_;
  while (true) {
    if (row.cells.size() == kCsvCellsMax)
      return bad(Code::kResourceExhausted, fmt::format("over {} cells", kCsvCellsMax));
    FOVEA_OK(cell(row.cells.emplace_back()));
    if (at_line_end()) break;
    step();  // the comma
  }
  while (at_ < text_.size() && text_[at_] != '\n') step();  // the \r
  if (at_ < text_.size()) step();
  return row;
}

Result<void> CsvReader::cell(CsvCell& out) {
  out.column = column_;
  if (at_ < text_.size() && text_[at_] == '"') {
    FOVEA_OK(quoted(out));
    if (!at_line_end() && text_[at_] != ',') {
      return bad(Code::kInvalidArgument, "text after a closing quote", "a quote inside a quoted cell is doubled: \"\"");
    }
  } else {
    while (!at_line_end() && text_[at_] != ',') {
      if (text_[at_] == '"' && stray_ == StrayQuotes::kRefuse) {
        return bad(Code::kInvalidArgument, "a quote inside a cell that does not begin with one",
                   "put the whole cell in quotes and double the quotes in it");
      }
      out.text += text_[at_];
      if (out.text.size() > kCsvCellBytesMax) return bad(Code::kResourceExhausted, "a cell over 1 MiB");
      step();
    }
  }
  if (!is_utf8(out.text)) return bad(Code::kInvalidArgument, "not UTF-8", "save the file as UTF-8");
  return {};
}

Result<void> CsvReader::quoted(CsvCell& out) {
  out.quoted = true;
  uint32_t line = line_, column = column_;
  step();
  while (at_ < text_.size()) {
    char c = text_[at_];
    step();
    if (c == '"') {
      if (at_ >= text_.size() || text_[at_] != '"') return {};
      step();
    }
    out.text += c;
    if (out.text.size() > kCsvCellBytesMax) return bad(Code::kResourceExhausted, "a cell over 1 MiB");
  }
  return fail(Code::kInvalidArgument, "a quote that never closes", fmt::format("{}:{}", line, column));
}

std::string csv_cell(std::string_view text) {
  bool spaced = !text.empty() && (text.front() == ' ' || text.back() == ' ');
  if (!spaced && text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace fovea
