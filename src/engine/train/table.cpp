#include "engine/train/table.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/digest.h"
#include "base/files.h"
#include "engine/train/limits.h"
#include "engine/train/table_rows.h"

namespace fovea::train {
namespace {

bool blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// Warnings of one kind: the first few with their rows, then a count.
class WarningKind {
 public:
  explicit WarningKind(std::string what) : what_(std::move(what)) {}
  void add(Table& table, uint64_t line, const std::string& detail = {}) {
    if (++count_ <= kWarningsShown) table.warnings.push_back({line, what_ + detail});
  }
  void close(Table& table) const {
    if (count_ > kWarningsShown) {
      table.warnings.push_back({0, what_ + ": " + std::to_string(count_) + " rows in all, the first " +
                                       std::to_string(kWarningsShown) + " are named"});
    }
  }

 private:
  std::string what_;
  size_t count_ = 0;
};

struct Draft {
  std::vector<RawRow> rows;
  Table table;
};

Result<Draft> draft_rows(std::string_view bytes, const std::string& path, std::string_view text_column,
                         std::string_view label_column) {
  if (text_column == label_column) {
    return fail(Code::kInvalidArgument, "text and label are the same column", std::string(text_column));
  }
  Draft draft;
  draft.table.path = path;
  draft.table.digest = to_hex(bytes_of(sha256(bytes)));
  WarningKind empty_text("empty text, left out"), empty_label("no label, left out"),
      long_text("text longer than 64 KiB, its end is not looked at");
  auto take = [&](RawRow row) -> Result<void> {
    if (draft.rows.size() >= kTableRowsMax) {
      return fail(Code::kResourceExhausted, "more than " + std::to_string(kTableRowsMax) + " rows", path,
                  "train on a sample");
    }
    row.label = std::string(trimmed(row.label));
    if (blank(row.text)) {
      empty_text.add(draft.table, row.line);
    } else if (row.label.empty()) {
      empty_label.add(draft.table, row.line);
    } else if (row.label.size() > kLabelBytesMax) {
      return fail(Code::kInvalidArgument, "a label of " + std::to_string(row.label.size()) + " bytes",
                  path + ":" + std::to_string(row.line), "is this the right column?");
    } else {
      if (row.text.size() > kTextBytesMax) long_text.add(draft.table, row.line);
      draft.rows.push_back(std::move(row));
    }
    return {};
  };
  FOVEA_OK(read_rows(bytes, path, text_column, label_column, take));
  for (const WarningKind* kind : {&empty_text, &empty_label, &long_text}) kind->close(draft.table);
  return draft;
}

void drop_doubles(Draft& draft) {
  WarningKind same("the same text and label as an earlier row, left out"), other("the same text with another label");
  std::unordered_map<std::string_view, size_t> first;
  std::vector<char> keep(draft.rows.size(), 1);
  for (size_t i = 0; i < draft.rows.size(); ++i) {
    const RawRow& row = draft.rows[i];
    auto [found, fresh] = first.emplace(row.text, i);
    if (fresh) continue;
    const RawRow& before = draft.rows[found->second];
    if (before.label == row.label) {
      keep[i] = 0;
      same.add(draft.table, row.line, " (row " + std::to_string(before.line) + ")");
    } else {
      other.add(draft.table, row.line,
                ": '" + row.label + "', and '" + before.label + "' in row " + std::to_string(before.line));
    }
  }
  first.clear();
  size_t at = 0;
  for (size_t i = 0; i < draft.rows.size(); ++i) {
    if (!keep[i]) continue;
    if (at != i) draft.rows[at] = std::move(draft.rows[i]);
    ++at;
  }
  draft.rows.resize(at);
  same.close(draft.table);
  other.close(draft.table);
}

void drop_rare_labels(Draft& draft) {
  std::map<std::string, size_t> counts;
  for (const RawRow& row : draft.rows) ++counts[row.label];
  for (const auto& [label, count] : counts) {
    if (count >= kLabelRowsAdvised) continue;
    auto row = std::find_if(draft.rows.begin(), draft.rows.end(), [&](const RawRow& r) { return r.label == label; });
    std::string what = "label '" + label + "' has " + std::to_string(count) + (count == 1 ? " row" : " rows");
    draft.table.warnings.push_back(
        {row->line, what + (count < kLabelRowsMin ? ", left out" : "; it will be learnt badly")});
  }
  std::erase_if(draft.rows, [&](const RawRow& r) { return counts[r.label] < kLabelRowsMin; });
}

void fill(Draft& draft, const std::vector<std::string>& names) {
  Table& t = draft.table;
  t.label_names = names;
  WarningKind unknown("a label that the model does not know");
  for (RawRow& row : draft.rows) {
    auto at = std::find(names.begin(), names.end(), row.label);
    if (at == names.end()) unknown.add(t, row.line, ": '" + row.label + "'");
    t.labels.push_back(at == names.end() ? kUnknownLabel : static_cast<uint32_t>(at - names.begin()));
    t.texts.push_back(std::move(row.text));
    t.lines.push_back(row.line);
  }
  unknown.close(t);
}

Result<void> check_size(const Draft& draft, const std::vector<std::string>& names, std::string_view label_column) {
  const std::string& path = draft.table.path;
  if (draft.rows.size() < kRowsMin) {
    return fail(Code::kInvalidArgument,
                "the table has " + std::to_string(draft.rows.size()) + " usable rows; " + std::to_string(kRowsMin) +
                    " are the least, " + std::to_string(kRowsAdvised) + " a sensible start",
                path, "label more messages");
  }
  if (names.size() < 2) {
    return fail(Code::kInvalidArgument,
                "every usable row has the same label" + (names.empty() ? "" : " '" + names[0] + "'"), path,
                "is '" + std::string(label_column) + "' the right column?");
  }
  if (names.size() > kLabelsMax) {
    return fail(Code::kResourceExhausted, std::to_string(names.size()) + " different labels", path,
                "is '" + std::string(label_column) + "' the right column? At most 1,000 are learnt");
  }
  return {};
}

}  // namespace

Result<Table> table_from_bytes(std::string_view bytes, const std::string& path, std::string_view text_column,
                               std::string_view label_column) {
  FOVEA_TRY(Draft draft, draft_rows(bytes, path, text_column, label_column));
  drop_doubles(draft);
  drop_rare_labels(draft);
  std::vector<std::string> names;
  for (const RawRow& row : draft.rows) names.push_back(row.label);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  FOVEA_OK(check_size(draft, names, label_column));
  if (draft.rows.size() < kRowsAdvised) {
    draft.table.warnings.push_back(
        {0, "only " + std::to_string(draft.rows.size()) + " rows: every figure below is rough"});
  }
  fill(draft, names);
  return std::move(draft.table);
}

Result<Table> read_table(const std::string& path, std::string_view text_column, std::string_view label_column) {
  FOVEA_TRY(std::string bytes, read_file(path, kTableBytesMax));
  return table_from_bytes(bytes, path, text_column, label_column);
}

Result<Table> read_test_table(const std::string& path, std::string_view text_column, std::string_view label_column,
                              const std::vector<std::string>& known_labels) {
  FOVEA_TRY(std::string bytes, read_file(path, kTableBytesMax));
  FOVEA_TRY(Draft draft, draft_rows(bytes, path, text_column, label_column));
  if (draft.rows.empty()) return fail(Code::kInvalidArgument, "the table has no usable row", path);
  fill(draft, known_labels);
  return std::move(draft.table);
}

}  // namespace fovea::train
