#include "decide/expr/evaluator.h"

#include <array>

#include "decide/expr/limits.h"

namespace fovea::expr {

bool Evaluator::eval(uint32_t index, Value& out) {
  const Node& node = program_.nodes[index];
  if (++steps_ > kStepsMax) return fail_at(node, Code::kResourceExhausted, "too many steps");
  switch (node.op) {
    case Op::kConst:
      out = program_.constants[node.a].borrowed();
      return true;
    case Op::kVar:
      return variable(node, out);
    case Op::kLocal:
      out = locals_[node.slot];
      return true;
    case Op::kSelect:
    case Op::kHas:
      return select(node, out);
    case Op::kIndex:
      return element(node, out);
    case Op::kCall:
      return call(node, out);
    case Op::kList:
      return list(node, out);
    case Op::kMap:
      return map(node, out);
    case Op::kAnd:
    case Op::kOr:
      return logic(node, out);
    case Op::kNot:
    case Op::kNegate:
      return negation(node, out);
    case Op::kChoose:
      return choose(node, out);
    case Op::kIn:
      return membership(node, out);
    case Op::kEqual:
    case Op::kNotEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
      return relation(node, out);
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply:
    case Op::kDivide:
    case Op::kModulo:
      return arithmetic(node, out);
    case Op::kAll:
    case Op::kExists:
    case Op::kExistsOne:
    case Op::kMapMacro:
    case Op::kFilter:
      return fold(node, out);
    case Op::kUnknown:
      return fail_at(node, Code::kInvalidArgument, "unbound function", program_.names[node.a]);
  }
  return false;
}

bool Evaluator::variable(const Node& node, Value& out) {
  const std::string& name = program_.names[node.a];
  for (const Scope::Name& each : scope_.names) {
    if (each.name == name) {
      out = each.value;
      return true;
    }
  }
  if (const Json* found = scope_.values.if_contains(name)) {
    out = Value::view(*found);
    return true;
  }
  return fail_at(node, Code::kNotFound, "no such name: undeclared reference", name);
}

bool Evaluator::select(const Node& node, Value& out) {
  Value of;
  if (!eval(node.a, of)) return false;
  const std::string& name = program_.names[node.b];
  if (!of.is(Kind::kMap)) {
    // Below a null there is nothing: JSON's way to write an absent object.
    if (of.is(Kind::kNull) && node.op == Op::kHas) {
      out = Value::boolean(false);
      return true;
    }
    if (of.is(Kind::kNull)) return fail_at(node, Code::kNotFound, "no such key", name);
    return fail_at(node, Code::kInvalidArgument, "no such overload: a value without members", name);
  }
  std::optional<Value> found = of.find(std::string_view(name));
  if (node.op == Op::kHas) {
    out = Value::boolean(found.has_value());
    return true;
  }
  if (!found) return fail_at(node, Code::kNotFound, "no such key", name);
  out = std::move(*found);
  return true;
}

bool Evaluator::element(const Node& node, Value& out) {
  Value of, key;
  if (!eval(node.a, of) || !eval(node.b, key)) return false;
  if (of.is(Kind::kMap)) {
    std::optional<Value> found = of.find(key);
    if (!found) return fail_at(node, Code::kNotFound, "no such key");
    out = std::move(*found);
    return true;
  }
  if (!of.is(Kind::kList)) return fail_at(node, Code::kInvalidArgument, "no such overload: a value without elements");
  if (!key.is_number()) return fail_at(node, Code::kInvalidArgument, "invalid_argument: an index is a number");
  Order low = compare(key, Value::integer(0)), high = compare(key, Value::integer(static_cast<int64_t>(of.size())));
  if (low == Order::kLess || low == Order::kNone || high != Order::kLess) {
    return fail_at(node, Code::kOutOfRange, "invalid_argument: index out of range");
  }
  auto at = static_cast<size_t>(key.is(Kind::kInt)    ? static_cast<double>(key.as_int())
                                : key.is(Kind::kUint) ? static_cast<double>(key.as_uint())
                                                      : key.as_double());
  if (!equal(key, Value::integer(static_cast<int64_t>(at)))) {
    return fail_at(node, Code::kInvalidArgument, "invalid_argument: an index is a whole number");
  }
  out = of.element(at);
  return true;
}

bool Evaluator::call(const Node& node, Value& out) {
  constexpr uint32_t kArgumentsMax = 4;  // of any function
  if (node.c == 0 || node.c > kArgumentsMax) return fail_at(node, Code::kInvalidArgument, "no such overload");
  std::array<Value, kArgumentsMax> arguments;
  for (uint32_t i = 0; i < node.c; ++i) {
    if (!eval(program_.kids[node.b + i], arguments[i])) return false;
  }
  fault_.at = node.at;
  auto function = static_cast<Function>(node.a);
  bool matches = function == Function::kMatches;
  const RE2* pattern = matches && node.slot > 0 ? program_.patterns[node.slot - 1].get() : nullptr;
  return run_function({function, std::span<const Value>(arguments.data(), node.c), pattern}, out, fault_, steps_);
}

bool Evaluator::list(const Node& node, Value& out) {
  Value::List elements(node.c);
  for (uint32_t i = 0; i < node.c; ++i) {
    if (!eval(program_.kids[node.b + i], elements[i])) return false;
  }
  out = Value::list(std::move(elements));
  return true;
}

bool Evaluator::map(const Node& node, Value& out) {
  Value::Map entries;
  entries.reserve(node.c / 2);
  for (uint32_t i = 0; i < node.c; i += 2) {
    Value key, value;
    if (!eval(program_.kids[node.b + i], key) || !eval(program_.kids[node.b + i + 1], value)) return false;
    if (!key.is(Kind::kBool) && !key.is(Kind::kInt) && !key.is(Kind::kUint) && !key.is(Kind::kString)) {
      return fail_at(node, Code::kInvalidArgument, "unsupported key type");
    }
    for (const auto& [known, unused] : entries) {
      ++steps_;
      if (equal(known, key)) return fail_at(node, Code::kInvalidArgument, "Failed with repeated key");
    }
    entries.emplace_back(std::move(key), std::move(value));
  }
  out = Value::map(std::move(entries));
  return true;
}

// CEL's "and" and "or" do not care for order: one side that settles the answer outweighs an error on the other.
bool Evaluator::logic(const Node& node, Value& out) {
  const bool settling = node.op == Op::kOr;
  Value left;
  bool left_known = eval(node.a, left);
  if (!left_known && spent()) return false;
  if (left_known && left.is(Kind::kBool) && left.as_bool() == settling) {
    out = std::move(left);
    return true;
  }
  if (left_known && !left.is(Kind::kBool)) {
    left_known = fail_at(node, Code::kInvalidArgument, "no such overload: a condition is true or false");
  }
  Fault first = fault_;
  Value right;
  bool right_known = eval(node.b, right);
  if (!right_known && spent()) return false;
  if (right_known && !right.is(Kind::kBool)) {
    right_known = fail_at(node, Code::kInvalidArgument, "no such overload: a condition is true or false");
  }
  if (right_known && right.as_bool() == settling) {
    out = std::move(right);
    return true;
  }
  if (!left_known) {
    fault_ = first;
    return false;
  }
  if (!right_known) return false;
  out = Value::boolean(!settling);
  return true;
}

bool Evaluator::negation(const Node& node, Value& out) {
  Value of;
  if (!eval(node.a, of)) return false;
  if (node.op == Op::kNot) {
    if (!of.is(Kind::kBool)) return fail_at(node, Code::kInvalidArgument, "no such overload: ! takes true or false");
    out = Value::boolean(!of.as_bool());
    return true;
  }
  if (of.is(Kind::kDouble)) {
    out = Value::number(-of.as_double());
    return true;
  }
  if (!of.is(Kind::kInt)) return fail_at(node, Code::kInvalidArgument, "no such overload: - takes a number");
  if (of.as_int() == INT64_MIN) return fail_at(node, Code::kOutOfRange, "return error for overflow");
  out = Value::integer(-of.as_int());
  return true;
}

bool Evaluator::condition(uint32_t index, bool& out) {
  Value value;
  if (!eval(index, value)) return false;
  if (!value.is(Kind::kBool)) {
    return fail_at(program_.nodes[index], Code::kInvalidArgument, "no matching overload: a condition is true or false");
  }
  out = value.as_bool();
  return true;
}

bool Evaluator::choose(const Node& node, Value& out) {
  bool test = false;
  return condition(node.a, test) && eval(test ? node.b : node.c, out);
}

bool Evaluator::relation(const Node& node, Value& out) {
  Value a, b;
  if (!eval(node.a, a) || !eval(node.b, b)) return false;
  if (node.op == Op::kEqual || node.op == Op::kNotEqual) {
    if (a.is(Kind::kList) || a.is(Kind::kMap)) steps_ += a.size();
    out = Value::boolean(equal(a, b) == (node.op == Op::kEqual));
    return true;
  }
  Order order = compare(a, b);
  if (order == Order::kNone && !(a.is_number() && b.is_number())) {
    return fail_at(node, Code::kInvalidArgument, "no such overload: values without an order");
  }
  bool holds = false;  // with NaN nothing holds
  switch (node.op) {
    case Op::kLess:
      holds = order == Order::kLess;
      break;
    case Op::kLessEqual:
      holds = order == Order::kLess || order == Order::kEqual;
      break;
    case Op::kGreater:
      holds = order == Order::kGreater;
      break;
    default:
      holds = order == Order::kGreater || order == Order::kEqual;
      break;
  }
  out = Value::boolean(holds);
  return true;
}

bool Evaluator::membership(const Node& node, Value& out) {
  Value of, in;
  if (!eval(node.a, of) || !eval(node.b, in)) return false;
  bool found = false;
  if (in.is(Kind::kMap)) {
    found = in.find(of).has_value();
  } else if (in.is(Kind::kList)) {
    size_t count = in.size();
    steps_ += count / 8;
    for (size_t i = 0; i < count && !found; ++i) found = equal(of, in.element(i));
  } else {
    return fail_at(node, Code::kInvalidArgument, "no such overload: 'in' takes a list or a map");
  }
  out = Value::boolean(found);
  return true;
}

bool Evaluator::concatenate(const Value& a, const Value& b, Value& out) {
  if (a.is(Kind::kList)) {
    size_t first = a.size(), count = first + b.size();
    steps_ += count;
    if (steps_ > kStepsMax) return fault_of(fault_, Code::kResourceExhausted, "too many steps");
    Value::List all;
    all.reserve(count);
    for (size_t i = 0; i < count; ++i) all.push_back(i < first ? a.element(i) : b.element(i - first));
    out = Value::list(std::move(all));
    return true;
  }
  size_t bytes = a.as_text().size() + b.as_text().size();
  steps_ += bytes / 64;
  if (bytes > kTextMadeMax) return fault_of(fault_, Code::kResourceExhausted, "the text that it makes is too long");
  std::string made;
  made.reserve(bytes);
  made += a.as_text();
  made += b.as_text();
  out = a.is(Kind::kString) ? Value::text(std::move(made)) : Value::bytes(std::move(made));
  return true;
}

bool Evaluator::arithmetic(const Node& node, Value& out) {
  Value a, b;
  if (!eval(node.a, a) || !eval(node.b, b)) return false;
  fault_.at = node.at;
  bool joined = a.is(Kind::kString) || a.is(Kind::kBytes) || a.is(Kind::kList);
  if (node.op == Op::kAdd && joined && a.kind() == b.kind()) return concatenate(a, b, out);
  return compute(node.op, a, b, out, fault_);
}

bool Evaluator::turn_of(const Node& node, const Value& range, size_t at) {
  if (++steps_ > kStepsMax) return fail_at(node, Code::kResourceExhausted, "too many steps");
  locals_[node.slot] = range.is(Kind::kList) ? range.element(at) : range.entry(at).first;
  return true;
}

bool Evaluator::fold(const Node& node, Value& out) {
  Value range;
  if (!eval(node.a, range)) return false;
  if (!range.is(Kind::kList) && !range.is(Kind::kMap)) {
    return fail_at(node, Code::kInvalidArgument, "no such overload: a value without elements");
  }
  switch (node.op) {
    case Op::kAll:
      return quantifier(node, range, false, out);
    case Op::kExists:
      return quantifier(node, range, true, out);
    case Op::kExistsOne: {
      size_t count = 0;
      for (size_t i = 0; i < range.size(); ++i) {
        bool holds = false;
        if (!turn_of(node, range, i) || !condition(node.b, holds)) return false;
        count += holds;
      }
      out = Value::boolean(count == 1);
      return true;
    }
    default:
      return gather(node, range, out);
  }
}

// `wanted` settles the answer, as in logic(): an error counts only where nothing settles it.
bool Evaluator::quantifier(const Node& node, const Value& range, bool wanted, Value& out) {
  std::optional<Fault> first;
  for (size_t i = 0; i < range.size(); ++i) {
    if (!turn_of(node, range, i)) return false;
    bool holds = false;
    if (!condition(node.b, holds)) {
      if (spent()) return false;
      if (!first) first = fault_;
    } else if (holds == wanted) {
      out = Value::boolean(wanted);
      return true;
    }
  }
  if (first) {
    fault_ = *first;
    return false;
  }
  out = Value::boolean(!wanted);
  return true;
}

bool Evaluator::gather(const Node& node, const Value& range, Value& out) {
  Value::List all;
  for (size_t i = 0; i < range.size(); ++i) {
    if (!turn_of(node, range, i)) return false;
    uint32_t test = node.op == Op::kFilter ? node.b : node.c;
    bool holds = true;
    if (test != kNoNode && !condition(test, holds)) return false;
    if (!holds) continue;
    if (node.op == Op::kFilter) {
      all.push_back(locals_[node.slot]);
      continue;
    }
    Value made;
    if (!eval(node.b, made)) return false;
    all.push_back(std::move(made));
  }
  out = Value::list(std::move(all));
  return true;
}

}  // namespace fovea::expr
