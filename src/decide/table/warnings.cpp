// What can be said of a table without running it. Each column's values are cut into regions in which no cell can tell
// two values apart (a literal, the space between two bounds, "anything else", "missing"); a cell is then a set of
// regions. Columns with "~" tests or bounds that are no numbers are opaque: nothing is claimed that depends on them.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ranges>

#include "decide/table/body.h"
#include "decide/table/limits.h"

namespace fovea::table {
namespace {

using expr::Kind;
using expr::Value;

struct Region {
  std::optional<Value> value;  // one of its values; nothing: missing
  std::string label;
};

struct Column {
  bool opaque = false;
  std::vector<Region> regions;
  std::vector<Bits> cells;  // one a row
};

double real_of(const Value& value) {
  return value.is(Kind::kInt) ? static_cast<double>(value.as_int()) : value.as_double();
}

Column column_of(const std::vector<Row>& rows, size_t at) {
  Column out;
  std::map<std::string, Literal> literals;
  std::map<double, bool> bounds;
  for (const Row& row : rows) {
    for (const Test& test : row.cells[at].tests) {
      if (test.kind == Test::Kind::kContains) out.opaque = true;
      if (test.kind == Test::Kind::kEqual || test.kind == Test::Kind::kNotEqual) {
        if (test.literal.value.is_number())
          bounds[real_of(test.literal.value)];
        else
          literals.emplace(test.literal.text, test.literal);
      }
      if (test.kind != Test::Kind::kRange) continue;
      for (const Value* end : {&test.low, &test.high}) {
        if (end->is_number())
          bounds[real_of(*end)];
        else if (!end->is(Kind::kNull))
          out.opaque = true;
      }
    }
  }
  for (const auto& [text, literal] : literals) out.regions.push_back({literal.value, text});
  const double* before = nullptr;
  for (const auto& [bound, unused] : bounds) {
    double between = before ? (*before + bound) / 2 : bound - 1;
    out.regions.push_back({Value::number(between),
                           before ? fmt::format("between {} and {}", *before, bound) : fmt::format("under {}", bound)});
    out.regions.push_back({Value::number(bound), fmt::format("{}", bound)});
    before = &bound;
  }
  if (before) out.regions.push_back({Value::number(*before + 1), fmt::format("over {}", *before)});
  if (bounds.empty()) out.regions.push_back({Value::text("\x01 anything else"), "anything else"});
  out.regions.push_back({std::nullopt, "missing"});
  size_t words = (out.regions.size() + 63) / 64;
  for (const Row& row : rows) {
    Bits bits(words, 0);
    for (size_t i = 0; i < out.regions.size(); ++i) {
      const Cell& cell = row.cells[at];
      const auto& value = out.regions[i].value;
      if (cell.any || (value && cell.holds(*value))) bits[i / 64] |= uint64_t{1} << (i % 64);
    }
    out.cells.push_back(std::move(bits));
  }
  return out;
}

bool inside(const Bits& a, const Bits& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if ((a[i] & ~b[i]) != 0) return false;
  }
  return true;
}

bool meet(const Bits& a, const Bits& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if ((a[i] & b[i]) != 0) return true;
  }
  return false;
}

class Judge {
 public:
  Judge(const std::vector<std::string>& inputs, const std::vector<Row>& rows, HitPolicy policy)
      : inputs_(inputs), rows_(rows), policy_(policy) {}

  std::vector<Warning> run() {
    if (rows_.size() * rows_.size() / 2 * inputs_.size() > kRowPairsMax) return {};
    for (size_t i = 0; i < inputs_.size(); ++i) columns_.push_back(column_of(rows_, i));
    if (policy_ == HitPolicy::kFirst) unreachable();
    if (policy_ == HitPolicy::kUnique || policy_ == HitPolicy::kAny) overlaps();
    if (policy_ != HitPolicy::kCollect) gaps();
    return std::move(out_);
  }

 private:
  void warn(uint32_t line, std::string message) {
    if (out_.size() < kWarningsMax) out_.push_back({line, std::move(message)});
  }

  void unreachable() {
    for (size_t j = 1; j < rows_.size(); ++j) {
      for (size_t i = 0; i < j; ++i) {
        bool covered = true;
        for (size_t c = 0; c < columns_.size() && covered; ++c) {
          covered = columns_[c].opaque ? rows_[i].cells[c].any : inside(columns_[c].cells[j], columns_[c].cells[i]);
        }
        if (!covered) continue;
        warn(rows_[j].line, fmt::format("this row can never be reached: line {} always comes first", rows_[i].line));
        break;
      }
    }
  }

  void overlaps() {
    for (size_t j = 1; j < rows_.size(); ++j) {
      for (size_t i = 0; i < j; ++i) {
        bool both = true;
        for (size_t c = 0; c < columns_.size() && both; ++c) {
          const Column& column = columns_[c];
          both =
              column.opaque ? rows_[i].cells[c].any || rows_[j].cells[c].any : meet(column.cells[i], column.cells[j]);
        }
        if (both)
          warn(rows_[j].line,
               fmt::format("overlaps line {}, against hit policy '{}'", rows_[i].line, hit_policy_name(policy_)));
      }
    }
  }

  void gaps() {
    size_t combinations = 1;
    for (const Column& column : columns_) {
      if (column.opaque) return;
      combinations *= column.regions.size();
      if (combinations > kRegionsMax) return;
    }
    constexpr int kShown = 3;
    int found = 0;
    for (size_t n = 0; n < combinations && found < kShown; ++n) {
      std::vector<size_t> at;
      for (size_t rest = n, c = 0; c < columns_.size(); rest /= columns_[c++].regions.size())
        at.push_back(rest % columns_[c].regions.size());
      bool covered = std::ranges::any_of(std::views::iota(size_t{0}, rows_.size()), [&](size_t row) {
        for (size_t c = 0; c < columns_.size(); ++c) {
          if ((columns_[c].cells[row][at[c] / 64] >> (at[c] % 64) & 1) == 0) return false;
        }
        return true;
      });
      if (covered) continue;
      ++found;
      std::string where;
      for (size_t c = 0; c < columns_.size(); ++c) {
        where += fmt::format("{}{}: {}", c ? ", " : "", inputs_[c], columns_[c].regions[at[c]].label);
      }
      warn(rows_.back().line, fmt::format("no row for {}; a last row of '-' would answer it", where));
    }
  }

  const std::vector<std::string>& inputs_;
  const std::vector<Row>& rows_;
  HitPolicy policy_;
  std::vector<Column> columns_;
  std::vector<Warning> out_;
};

}  // namespace

std::vector<Warning> table_warnings(const std::vector<std::string>& inputs, const std::vector<Row>& rows,
                                    HitPolicy policy) {
  return Judge(inputs, rows, policy).run();
}

}  // namespace fovea::table
