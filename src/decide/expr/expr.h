// A compiled expression: a typed subset of CEL (github.com/google/cel-spec) that always ends.
// Journey: conditions, keys, features and mappings of a flow are expressions over record::Context's values.
// An Expression is immutable and cheap to copy; any number of threads may evaluate it at once.
// Limits: decide/expr/limits.h.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "decide/expr/type.h"
#include "decide/expr/value.h"

namespace fovea::expr {

// What an expression reads: the members of a JSON object, and names that stand before them (`text`, `outcome`).
struct Scope {
  struct Name {
    std::string_view name;
    Value value;
  };
  const JsonObject& values;
  std::span<const Name> names = {};

  Scope(const JsonObject& root) : values(root) {}
  Scope(const JsonObject& root, std::span<const Name> more) : values(root), names(more) {}
};

struct Program;

class Expression {
 public:
  // Parses, checks and compiles. Errors: kInvalidArgument with `where` "column N" (or "line N, column N") and a hint;
  // kResourceExhausted past a limit.
  static Result<Expression> compile(std::string_view text, const Environment& environment);

  // The result may view `scope` and this expression: use it before either goes.
  // Errors: kNotFound where a member or key is missing, kInvalidArgument for a wrong kind or a division by zero,
  // kOutOfRange for overflow and index, kResourceExhausted at the step limit.
  Result<Value> eval(const Scope& scope) const;
  // The same as JSON, as a flag (an error where it is no bool), and as text.
  Result<Json> eval_json(const Scope& scope) const;
  Result<bool> eval_bool(const Scope& scope) const;
  Result<std::string> eval_text(const Scope& scope) const;
  // Without an error's text, for the many that are read in a loop.
  enum class Read { kValue, kMissing, kError };
  Read read(const Scope& scope, Value& out) const;

  const std::string& text() const;
  const Type& type() const;                        // what it gives
  const std::vector<std::string>& inputs() const;  // the paths it reads, sorted: "event.amount"
  uint64_t cost() const;                           // static estimate in steps
  const Value* constant() const;                   // its value, where it is a literal

 private:
  explicit Expression(std::shared_ptr<const Program> program) : program_(std::move(program)) {}
  std::shared_ptr<const Program> program_;
};

}  // namespace fovea::expr
