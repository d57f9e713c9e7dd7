// Runs a program over a scope. One evaluator, one run.
#pragma once

#include <vector>

#include "decide/expr/expr.h"
#include "decide/expr/program.h"

namespace fovea::expr {

class Evaluator {
 public:
  Evaluator(const Program& program, const Scope& scope) : program_(program), scope_(scope) {}

  bool run(Value& out) {
    if (program_.slots > 0) locals_.resize(program_.slots);
    return eval(program_.root, out);
  }
  const Fault& fault() const { return fault_; }
  Fault& fault() { return fault_; }

 private:
  bool eval(uint32_t index, Value& out);
  bool variable(const Node& node, Value& out);
  bool select(const Node& node, Value& out);
  bool element(const Node& node, Value& out);
  bool call(const Node& node, Value& out);
  bool list(const Node& node, Value& out);
  bool map(const Node& node, Value& out);
  bool logic(const Node& node, Value& out);
  bool negation(const Node& node, Value& out);
  bool choose(const Node& node, Value& out);
  bool relation(const Node& node, Value& out);
  bool membership(const Node& node, Value& out);
  bool arithmetic(const Node& node, Value& out);
  bool concatenate(const Value& a, const Value& b, Value& out);
  bool fold(const Node& node, Value& out);
  bool quantifier(const Node& node, const Value& range, bool wanted, Value& out);
  bool gather(const Node& node, const Value& range, Value& out);
  bool turn_of(const Node& node, const Value& range, size_t at);
  bool condition(uint32_t index, bool& out);
  // An error that no operator may swallow.
  bool spent() const { return fault_.code == Code::kResourceExhausted; }
  bool fail_at(const Node& node, Code code, const char* what, std::string_view name = {}) {
    fault_.at = node.at;
    return fault_of(fault_, code, what, name);
  }

  const Program& program_;
  const Scope& scope_;
  std::vector<Value> locals_;
  Fault fault_;
  uint64_t steps_ = 0;
};

// +, -, *, /, % on numbers, times and durations (texts and lists: Evaluator::concatenate). False: a fault.
bool compute(Op op, const Value& a, const Value& b, Value& out, Fault& fault);

}  // namespace fovea::expr
