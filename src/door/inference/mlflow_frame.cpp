#include "door/inference/mlflow_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/csv.h"
#include "door/wire/infer_inputs.h"

namespace fovea::wire {
namespace {

struct Columns {
  size_t text = 0;
  std::optional<size_t> pair;
};

Result<Columns> columns_of(const std::vector<std::string>& names, const std::string& where) {
  const auto at = [&](std::string_view name) -> std::optional<size_t> {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) return std::nullopt;
    return static_cast<size_t>(found - names.begin());
  };
  const auto text = at("text"), pair = at("text_pair");
  if (text) return Columns{*text, pair};
  if (names.size() == 1) return Columns{0, std::nullopt};
  return fail(Code::kInvalidArgument, fmt::format("has {} columns, none of them is 'text'", names.size()), where,
              "name the column of the texts 'text'");
}

Json instance(Json text, Json pair) {
  JsonObject out;
  out["text"] = std::move(text);
  if (!pair.is_null()) out["text_pair"] = std::move(pair);
  return out;
}

}  // namespace

Result<JsonArray> instances_of_split(const Json& split) {
  const std::string where = "dataframe_split";
  const auto *columns = member(split, "columns").if_array(), *data = member(split, "data").if_array();
  if (!data) return fail(Code::kInvalidArgument, "has no data", where, R"({"columns":["text"],"data":[["a"]]})");
  FOVEA_OK(check_count(data->size()));
  std::vector<std::string> names;
  if (columns) {
    for (const Json& each : *columns) names.emplace_back(text_or(each, ""));
  } else {
    names.resize(data->front().is_array() ? data->front().as_array().size() : 1);
  }
  FOVEA_TRY(const Columns which, columns_of(names, where));
  JsonArray out;
  for (const Json& row : *data) {
    const auto* cells = row.if_array();
    if (!cells || cells->size() != names.size()) {
      return fail(Code::kInvalidArgument, fmt::format("a row does not have {} cells", names.size()), where);
    }
    out.push_back(instance((*cells)[which.text], which.pair ? (*cells)[*which.pair] : Json(nullptr)));
  }
  return out;
}

Result<JsonArray> instances_of_records(const Json& array) {
  const std::string where = "dataframe_records";
  const auto* records = array.if_array();
  if (!records) return fail(Code::kInvalidArgument, "is no array", where, R"([{"text":"a"}])");
  FOVEA_OK(check_count(records->size()));
  JsonArray out;
  for (const Json& each : *records) {
    const auto* record = each.if_object();
    if (!record) return fail(Code::kInvalidArgument, "has an element that is no object", where);
    std::vector<std::string> names;
    for (const auto& cell : *record) names.emplace_back(cell.key());
    FOVEA_TRY(const Columns which, columns_of(names, where));
    out.push_back(instance(record->at(names[which.text]), which.pair ? record->at(names[*which.pair]) : Json(nullptr)));
  }
  return out;
}

Result<JsonArray> instances_of_csv(std::string_view text) {
  CsvReader reader(text);
  FOVEA_TRY(auto header, reader.next());
  if (!header) return fail(Code::kInvalidArgument, "the table is empty", "CSV", "a header and a row for each text");
  std::vector<std::string> names;
  for (const CsvCell& each : header->cells) names.push_back(each.text);
  FOVEA_TRY(const Columns which, columns_of(names, "CSV"));
  JsonArray out;
  for (;;) {
    FOVEA_TRY(auto row, reader.next());
    if (!row) break;
    if (row->cells.size() != names.size()) {
      return fail(Code::kInvalidArgument,
                  fmt::format("has {} cells, the header has {}", row->cells.size(), names.size()),
                  fmt::format("line {}", row->line));
    }
    out.push_back(
        instance(Json(row->cells[which.text].text), which.pair ? Json(row->cells[*which.pair].text) : Json(nullptr)));
  }
  FOVEA_OK(check_count(out.size()));
  return out;
}

}  // namespace fovea::wire
