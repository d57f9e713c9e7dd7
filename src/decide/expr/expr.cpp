#include "decide/expr/expr.h"

#include <fmt/format.h>

#include "decide/expr/checker.h"
#include "decide/expr/evaluator.h"
#include "decide/expr/parser.h"
#include "decide/expr/token.h"

namespace fovea::expr {
namespace {

Error error_of(const Program& program, const Fault& fault) {
  std::string message = fault.what;
  if (!fault.name.empty()) message += fmt::format(": '{}'", fault.name);
  std::string hint = fault.code == Code::kNotFound ? "guard it with has(...)" : "";
  return {fault.code, fmt::format("{} in \"{}\"", message, program.text), place_in(program.text, fault.at), hint};
}

}  // namespace

Result<Expression> Expression::compile(std::string_view text, const Environment& environment) {
  FOVEA_TRY(Program program, parse_program(text));
  program.text = text;
  FOVEA_OK(check_program(program, environment));
  return Expression(std::make_shared<const Program>(std::move(program)));
}

Result<Value> Expression::eval(const Scope& scope) const {
  Evaluator evaluator(*program_, scope);
  Value out;
  if (evaluator.run(out)) return out;
  return std::unexpected(error_of(*program_, evaluator.fault()));
}

Expression::Read Expression::read(const Scope& scope, Value& out) const {
  Evaluator evaluator(*program_, scope);
  if (evaluator.run(out)) return Read::kValue;
  return evaluator.fault().code == Code::kNotFound ? Read::kMissing : Read::kError;
}

Result<Json> Expression::eval_json(const Scope& scope) const {
  FOVEA_TRY(Value value, eval(scope));
  return to_json(value);
}

Result<bool> Expression::eval_bool(const Scope& scope) const {
  FOVEA_TRY(Value value, eval(scope));
  if (value.is(Kind::kBool)) return value.as_bool();
  return fail(Code::kInvalidArgument,
              fmt::format("\"{}\" gave a {}, not true or false", program_->text, kind_name(value.kind())));
}

Result<std::string> Expression::eval_text(const Scope& scope) const {
  FOVEA_TRY(Value value, eval(scope));
  return expr::to_text(value);
}

const std::string& Expression::text() const {
  return program_->text;
}
const Type& Expression::type() const {
  return program_->type;
}
const std::vector<std::string>& Expression::inputs() const {
  return program_->inputs;
}
uint64_t Expression::cost() const {
  return program_->cost;
}
const Value* Expression::constant() const {
  const Node& root = program_->nodes[program_->root];
  return root.op == Op::kConst ? &program_->constants[root.a] : nullptr;
}

}  // namespace fovea::expr
