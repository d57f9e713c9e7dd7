#include "decide/table/column_index.h"

namespace fovea::table {

using expr::Kind;
using expr::Value;

namespace {

void set_bit(Bits& bits, size_t row) {
  bits[row / 64] |= uint64_t{1} << (row % 64);
}

}  // namespace

ColumnIndex index_of(const std::vector<Row>& rows, size_t column) {
  constexpr size_t kRowsFrom = 16;  // below, going through them is as quick
  ColumnIndex out;
  if (rows.size() < kRowsFrom) return out;
  for (const Row& row : rows) {
    const Cell& cell = row.cells[column];
    if (cell.negated) return out;
    for (const Test& test : cell.tests) {
      bool indexable =
          test.kind == Test::Kind::kEqual && (test.literal.value.is(Kind::kString) || test.literal.value.is_number());
      if (!indexable) return out;
    }
  }
  out.used = true;
  out.anyway.assign((rows.size() + 63) / 64, 0);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].cells[column].any) set_bit(out.anyway, i);
  }
  auto number = [](const Value& v) { return v.is(Kind::kInt) ? static_cast<double>(v.as_int()) : v.as_double(); };
  for (size_t i = 0; i < rows.size(); ++i) {
    for (const Test& test : rows[i].cells[column].tests) {
      set_bit(out.texts.try_emplace(test.literal.text, out.anyway).first->second, i);
      if (test.literal.value.is_number()) {
        set_bit(out.numbers.try_emplace(number(test.literal.value), out.anyway).first->second, i);
      }
    }
  }
  return out;
}

const Bits& candidates(const ColumnIndex& index, const Value& value) {
  if (value.is(Kind::kString)) {
    auto found = index.texts.find(std::string(value.as_text()));
    return found == index.texts.end() ? index.anyway : found->second;
  }
  if (value.is_number()) {
    double number = value.is(Kind::kInt)    ? static_cast<double>(value.as_int())
                    : value.is(Kind::kUint) ? static_cast<double>(value.as_uint())
                                            : value.as_double();
    auto found = index.numbers.find(number);
    return found == index.numbers.end() ? index.anyway : found->second;
  }
  return index.anyway;
}

}  // namespace fovea::table
