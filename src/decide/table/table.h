// A decision table: rows of unit tests on inputs and what to answer where they hold, read from CSV.
// Journey: `decide: rules/routing.csv` and the ladder's `rules: keywords.csv`.
// A header cell is an expression (an input) or "=> name" (an output). A body cell of an input is empty or "-"
// (anything), a literal, "> 50", "[1..5)", "a, b", "not(a)", "~ refund, money back" (the text contains one of them), or
// a list of these; of an output a literal, or an expression after "=". docs/formats/table.md has the whole of it. A
// missing value (event.amount of an event without it) meets only "-". Threads: immutable; any. Limits:
// decide/table/limits.h.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "decide/expr/expr.h"
#include "record/decision.h"

namespace fovea::table {

// kFirst: the first row that holds. kUnique: at most one may hold. kAny: several may, if they answer the same.
// kPriority: the row with the greatest output `priority`, the first of equals. kCollect: all; outputs become lists.
enum class HitPolicy { kFirst, kUnique, kAny, kPriority, kCollect };
std::string_view hit_policy_name(HitPolicy policy);
Result<HitPolicy> hit_policy_from_name(std::string_view name);

struct Answer {
  bool hit = false;
  JsonObject outputs;                 // empty without a hit
  std::vector<record::RuleHit> hits;  // the rows that gave them
};

// Something that will surprise somebody: a gap, an overlap, a row that can never hold.
struct Warning {
  uint32_t line = 0;  // of the file
  std::string message;
};

struct TableBody;

class Table {
 public:
  // `name` is what hits and errors call it ("rules/routing.csv"). Errors: kInvalidArgument with `where`
  // "name:line:column".
  static Result<Table> parse(std::string name, std::string_view csv, const expr::Environment& environment,
                             HitPolicy policy);

  // Errors: an input's own (not kNotFound), kFailedPrecondition where the hit policy is broken (two rows, unique).
  Result<Answer> decide(const expr::Scope& scope) const;

  const std::string& name() const;
  HitPolicy policy() const;
  size_t rows() const;
  const std::vector<std::string>& inputs() const;  // the header's expressions
  const expr::Type& outputs() const;               // a record: name and type of each
  const std::vector<Warning>& warnings() const;
  std::vector<std::string> reads() const;  // paths that inputs and outputs read

 private:
  explicit Table(std::shared_ptr<const TableBody> body) : body_(std::move(body)) {}
  std::shared_ptr<const TableBody> body_;
};

}  // namespace fovea::table
