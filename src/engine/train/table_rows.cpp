#include "engine/train/table_rows.h"

#include <vector>

#include "base/json.h"
#include "base/suggest.h"
#include "base/utf8.h"

namespace fovea::train {
namespace {

std::string at_line(const std::string& path, uint64_t line) {
  return path + ":" + std::to_string(line);
}

// One CSV record (RFC 4180). Quoted cells may hold line breaks; `line` moves past them.
class CsvRecords {
 public:
  CsvRecords(std::string_view bytes, const std::string& path) : bytes_(bytes), path_(path) {}

  bool done() const { return at_ >= bytes_.size(); }
  uint64_t line() const { return line_; }

  Result<void> next(std::vector<std::string>& cells) {
    cells.clear();
    for (;;) {
      std::string cell;
      if (at_ < bytes_.size() && bytes_[at_] == '"') {
        FOVEA_OK(quoted(cell));
      } else {
        while (at_ < bytes_.size() && bytes_[at_] != ',' && bytes_[at_] != '\n') cell += bytes_[at_++];
        if (!cell.empty() && cell.back() == '\r' && (at_ >= bytes_.size() || bytes_[at_] == '\n')) cell.pop_back();
      }
      cells.push_back(std::move(cell));
      if (at_ >= bytes_.size()) return {};
      if (bytes_[at_++] == '\n') {
        ++line_;
        return {};
      }
    }
  }

 private:
  Result<void> quoted(std::string& cell) {
    uint64_t opened = line_;
    for (++at_; at_ < bytes_.size(); ++at_) {
      char c = bytes_[at_];
      if (c == '"') {
        if (at_ + 1 < bytes_.size() && bytes_[at_ + 1] == '"') {
          cell += '"';
          ++at_;
          continue;
        }
        ++at_;
        if (at_ < bytes_.size() && bytes_[at_] == '\r') ++at_;
        if (at_ >= bytes_.size() || bytes_[at_] == ',' || bytes_[at_] == '\n') return {};
        return fail(Code::kInvalidArgument, "text after a closing quote", at_line(path_, line_),
                    "double a quote that is part of the text");
      }
      if (c == '\n') ++line_;
      cell += c;
    }
    return fail(Code::kInvalidArgument, "a quoted cell that never closes", at_line(path_, opened),
                "double a quote that is part of the text");
  }

  std::string_view bytes_;
  const std::string& path_;
  size_t at_ = 0;
  uint64_t line_ = 1;
};

Result<size_t> find_column(const std::vector<std::string>& header, std::string_view name, const std::string& path) {
  std::vector<std::string_view> names(header.begin(), header.end());
  for (size_t i = 0; i < header.size(); ++i) {
    if (header[i] == name) return i;
  }
  return fail(Code::kInvalidArgument, "the table has no column '" + std::string(name) + "'", at_line(path, 1),
              suggest(name, names));
}

Result<void> read_csv(std::string_view bytes, const std::string& path, std::string_view text_column,
                      std::string_view label_column, const TakeRow& take) {
  CsvRecords records(bytes, path);
  std::vector<std::string> header, cells;
  FOVEA_OK(records.next(header));
  FOVEA_TRY(size_t text, find_column(header, text_column, path));
  FOVEA_TRY(size_t label, find_column(header, label_column, path));
  while (!records.done()) {
    uint64_t line = records.line();
    FOVEA_OK(records.next(cells));
    if (cells.size() == 1 && cells[0].empty()) continue;  // an empty line
    if (cells.size() != header.size()) {
      return fail(
          Code::kInvalidArgument,
          "a row of " + std::to_string(cells.size()) + " cells where the header has " + std::to_string(header.size()),
          at_line(path, line), "put quotes around a cell with a comma or a line break in it");
    }
    FOVEA_OK(take({line, std::move(cells[text]), std::move(cells[label])}));
  }
  return {};
}

Result<std::string> cell_text(const JsonObject& object, std::string_view name, const std::string& where) {
  const Json* value = object.if_contains(name);
  if (!value) {
    std::vector<std::string_view> names;
    for (const auto& each : object) names.push_back(each.key());
    return fail(Code::kInvalidArgument, "the row has no member '" + std::string(name) + "'", where,
                suggest(name, names));
  }
  if (value->is_string()) return std::string(value->get_string());
  if (value->is_null()) return std::string();
  if (value->is_object() || value->is_array()) {
    return fail(Code::kInvalidArgument, "member '" + std::string(name) + "' is no text", where,
                "give a string or a number");
  }
  return to_text(*value);
}

Result<void> read_json_lines(std::string_view bytes, const std::string& path, std::string_view text_column,
                             std::string_view label_column, const TakeRow& take) {
  uint64_t line = 0;
  while (!bytes.empty()) {
    size_t end = std::min(bytes.find('\n'), bytes.size());
    std::string_view one = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    ++line;
    if (one.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    std::string where = at_line(path, line);
    Result<Json> json = parse_json(one);
    if (!json) {
      return fail(Code::kInvalidArgument, json.error().message, where + ":" + json.error().where, json.error().hint);
    }
    if (!json->is_object()) return fail(Code::kInvalidArgument, "a line that is no JSON object", where);
    RawRow row{line, {}, {}};
    FOVEA_TRY(row.text, cell_text(json->get_object(), text_column, where));
    FOVEA_TRY(row.label, cell_text(json->get_object(), label_column, where));
    FOVEA_OK(take(std::move(row)));
  }
  return {};
}

uint64_t line_of(std::string_view bytes, size_t at) {
  uint64_t line = 1;
  for (char c : bytes.substr(0, at)) line += c == '\n';
  return line;
}

}  // namespace

Result<void> read_rows(std::string_view bytes, const std::string& path, std::string_view text_column,
                       std::string_view label_column, const TakeRow& take) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
    return fail(Code::kInvalidArgument, "the table is UTF-16", path, "save it as UTF-8");
  }
  if (size_t bad = utf8_error_at(bytes); bad < bytes.size()) {
    return fail(Code::kInvalidArgument, "the table is not UTF-8", at_line(path, line_of(bytes, bad)),
                "save it as UTF-8; from GB18030: iconv -f GB18030 -t UTF-8 TABLE");
  }
  size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return fail(Code::kInvalidArgument, "the table is empty", path);
  if (bytes[first] == '{') return read_json_lines(bytes, path, text_column, label_column, take);
  return read_csv(bytes, path, text_column, label_column, take);
}

}  // namespace fovea::train
