// The inside of a Table: its columns, rows and index.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "decide/table/cell.h"
#include "decide/table/table.h"

namespace fovea::table {

using Bits = std::vector<uint64_t>;  // one bit a row

// Which rows can hold for a value of one column: those that ask for it and those that do not care.
struct ColumnIndex {
  bool used = false;                            // only columns of equality tests have one
  Bits anyway;                                  // rows with "-"
  std::unordered_map<std::string, Bits> texts;  // with `anyway` in them
  std::map<double, Bits> numbers;
};

struct OutputCell {
  Json literal;
  std::optional<expr::Expression> expression;
};

struct Row {
  uint32_t line = 0;
  std::vector<Cell> cells;  // one an input
  std::vector<OutputCell> outputs;
};

struct Output {
  std::string name;
};

struct TableBody {
  std::string name;
  HitPolicy policy = HitPolicy::kFirst;
  std::vector<expr::Expression> inputs;
  std::vector<std::string> input_texts;
  std::vector<Output> outputs;
  std::vector<Row> rows;
  std::vector<ColumnIndex> indexes;
  expr::Type type;
  std::vector<Warning> warnings;
};

// Gaps, overlaps and rows that can never hold, where that can be decided from the cells alone.
std::vector<Warning> table_warnings(const std::vector<std::string>& inputs, const std::vector<Row>& rows,
                                    HitPolicy policy);

}  // namespace fovea::table
