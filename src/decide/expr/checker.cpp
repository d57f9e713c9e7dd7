#include "decide/expr/checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/suggest.h"
#include "decide/expr/limits.h"
#include "decide/expr/operator_type.h"
#include "decide/expr/token.h"

namespace fovea::expr {
namespace {

struct Known {
  Type type;
  uint64_t cost = 1;
  uint64_t length = kListElementsAssumed;  // of a list or map
};

uint64_t times(uint64_t a, uint64_t b) {
  return a > kCostMax || b > kCostMax ? kCostMax + 1 : a * b;
}

class Checker {
 public:
  Checker(Program& program, const Environment& environment) : program_(program), environment_(environment) {}

  Result<void> run() {
    locals_.resize(program_.slots);
    FOVEA_TRY(Known root, check(program_.root));
    program_.type = root.type;
    program_.cost = root.cost;
    program_.inputs.assign(inputs_.begin(), inputs_.end());
    if (root.cost > kCostMax) {
      return fail(Code::kResourceExhausted, fmt::format("may cost over {} steps", kCostMax), place_in(program_.text, 0),
                  "fewer macros inside one another");
    }
    return {};
  }

 private:
  using Answer = Result<Known>;

  // What is wrong, or dyn where the expression is not to be checked.
  Answer wrong(const Node& node, std::string message, std::string hint = {}) const {
    if (!environment_.checked) return Known{};
    return fail(Code::kInvalidArgument, std::move(message), place_in(program_.text, node.at), std::move(hint));
  }

  Answer check(uint32_t index) {
    Node& node = program_.nodes[index];
    switch (node.op) {
      case Op::kConst:
        return constant(program_.constants[node.a]);
      case Op::kVar:
        return variable(node);
      case Op::kLocal:
        return Known{locals_[node.slot]};
      case Op::kSelect:
      case Op::kHas:
        return select(index);
      case Op::kIndex:
        return element(index);
      case Op::kCall:
        return call(node);
      case Op::kList:
        return list(node);
      case Op::kMap:
        return map(node);
      case Op::kUnknown:
        return unknown_function(node);
      case Op::kNot:
        return negation(node, Kind::kBool);
      case Op::kNegate:
        return negation(node, Kind::kInt);
      case Op::kChoose:
        return choose(node);
      case Op::kAll:
      case Op::kExists:
      case Op::kExistsOne:
      case Op::kMapMacro:
      case Op::kFilter:
        return macro(node);
      default:
        return binary(node);
    }
  }

  static Answer constant(const Value& value) {
    if (value.is(Kind::kType)) return Known{Type::type_of(value.as_type())};
    return Known{value.kind()};
  }

  Answer variable(const Node& node) {
    const std::string& name = program_.names[node.a];
    inputs_.insert(name);
    if (const Type* type = environment_.find(name)) return Known{*type};
    std::vector<std::string_view> names;
    for (const auto& each : environment_.variables) names.push_back(each.name);
    return wrong(node, fmt::format("unknown name '{}'", name),
                 names.empty() ? "no names exist here" : suggest(name, names) + "; text stands in quotes");
  }

  // Checks what a member or an element is taken of; of a path, only the longest counts as an input.
  Answer base(uint32_t index, uint32_t of) {
    std::string path = path_of(program_, index);
    if (path.empty()) return check(of);
    std::string shorter = path_of(program_, of);
    bool was_there = inputs_.contains(shorter);
    FOVEA_TRY(Known known, check(of));
    if (!was_there) inputs_.erase(shorter);
    inputs_.insert(path);
    return known;
  }

  Answer select(uint32_t index) {
    const Node& node = program_.nodes[index];
    const std::string& name = program_.names[node.b];
    FOVEA_TRY(Known of, base(index, node.a));
    Type type;
    if (const auto* members = of.type.members()) {
      const Type::Member* found = of.type.member(name);
      std::vector<std::string_view> names;
      for (const auto& each : *members) names.push_back(each.name);
      if (!found) {
        std::string path = path_of(program_, node.a);
        std::string owner = path.empty() ? "this" : "'" + path + "'";
        return wrong(node, fmt::format("{} has no member '{}'", owner, name), suggest(name, names));
      }
      type = found->type;
    } else if (of.type.kind() == Kind::kMap) {
      type = of.type.element();
    } else if (!of.type.is_dyn()) {
      return wrong(node, fmt::format("a {} has no members", of.type.text()),
                   of.type.kind() == Kind::kString ? "functions are called with brackets, as in text.size()" : "");
    }
    return Known{node.op == Op::kHas ? Type(Kind::kBool) : type, of.cost + 1};
  }

  Answer element(uint32_t index) {
    const Node& node = program_.nodes[index];
    FOVEA_TRY(Known of, base(index, node.a));
    FOVEA_TRY(Known key, check(node.b));
    uint64_t cost = of.cost + key.cost + 1;
    const Type& k = key.type;
    switch (of.type.kind()) {
      case Kind::kDyn:
        return Known{Kind::kDyn, cost};
      case Kind::kList:
        if (k.is_dyn() || k.is_number()) return Known{of.type.element(), cost};
        return wrong(node, fmt::format("a list's index is a number, not a {}", k.text()));
      case Kind::kRecord:
        if (program_.nodes[node.b].op == Op::kConst && k.kind() == Kind::kString) {
          auto name = program_.constants[program_.nodes[node.b].a].as_text();
          if (const Type::Member* found = of.type.member(name)) return Known{found->type, cost};
          return wrong(node, fmt::format("no member '{}'", name));
        }
        return Known{Kind::kDyn, cost};
      case Kind::kMap:
        if (comparable(k, of.type.key())) return Known{of.type.element(), cost};
        return wrong(node, fmt::format("the map's keys are {}, not {}", of.type.key().text(), k.text()));
      default:
        return wrong(node, fmt::format("a {} has no elements", of.type.text()));
    }
  }

  Answer list(const Node& node) {
    Known out{Kind::kDyn, 1, node.c};
    Type element;
    for (uint32_t i = 0; i < node.c; ++i) {
      FOVEA_TRY(Known each, check(program_.kids[node.b + i]));
      out.cost += each.cost;
      element = i == 0 ? each.type : join(element, each.type);
    }
    out.type = Type::list(element);
    return out;
  }

  Answer map(const Node& node) {
    Known out{Kind::kDyn, 1, node.c / 2};
    Type key, value;
    for (uint32_t i = 0; i < node.c; i += 2) {
      FOVEA_TRY(Known k, check(program_.kids[node.b + i]));
      FOVEA_TRY(Known v, check(program_.kids[node.b + i + 1]));
      Kind kind = k.type.kind();
      if (kind != Kind::kDyn && kind != Kind::kBool && kind != Kind::kInt && kind != Kind::kUint &&
          kind != Kind::kString) {
        return wrong(program_.nodes[program_.kids[node.b + i]], fmt::format("unsupported key type {}", k.type.text()),
                     "a map's keys are bool, int, uint or string");
      }
      out.cost += k.cost + v.cost;
      key = i == 0 ? k.type : join(key, k.type);
      value = i == 0 ? v.type : join(value, v.type);
    }
    out.type = Type::map(key, value);
    return out;
  }

  Answer unknown_function(const Node& node) {
    std::vector<std::string_view> names{"has", "all", "exists", "exists_one", "map", "filter"};
    for (const Signature& each : signatures()) {
      if (std::ranges::find(names, each.name) == names.end()) names.push_back(each.name);
    }
    const std::string& name = program_.names[node.a];
    return wrong(node, fmt::format("unknown function {}()", name), suggest(name, names));
  }

  Answer call(Node& node) {
    std::vector<Type> types;
    Known out;
    for (uint32_t i = 0; i < node.c; ++i) {
      FOVEA_TRY(Known each, check(program_.kids[node.b + i]));
      out.cost += each.cost;
      types.push_back(each.type);
    }
    auto function = static_cast<Function>(node.a);
    bool found = false, shaped = false, other_form = false;
    std::string_view name;
    for (const Signature& each : signatures()) {
      if (each.function != function) continue;
      name = each.name;
      if (each.member != node.member) {
        other_form = true;
        continue;
      }
      if (each.parameters.size() != types.size()) continue;
      shaped = true;
      bool fits = true;
      for (size_t i = 0; i < types.size(); ++i) fits = fits && assignable(types[i], each.parameters[i]);
      if (!fits) continue;
      out.type = found ? join(out.type, each.result) : each.result;
      found = true;
    }
    if (!found) return wrong_call(node, name, types, shaped, other_form);
    FOVEA_OK(prepare(node, function));
    return out;
  }

  Answer wrong_call(const Node& node, std::string_view name, const std::vector<Type>& types, bool shaped,
                    bool other_form) {
    std::string given;
    for (size_t i = node.member ? 1 : 0; i < types.size(); ++i) {
      given += (given.empty() ? "" : ", ") + types[i].text();
    }
    std::string message =
        fmt::format("no matching overload: {}{}({})", node.member ? types[0].text() + "." : "", name, given);
    std::string hint;
    if (!shaped && other_form)
      hint = node.member ? fmt::format("write {}(x)", name) : fmt::format("write x.{}(...)", name);
    return wrong(node, std::move(message), std::move(hint));
  }

  // A literal argument is read once, here: regular expressions, times, zones. A bad one is an error at load.
  Answer prepare(Node& node, Function function) {
    auto literal = [&](uint32_t i) -> const Value* {
      if (i >= node.c) return nullptr;
      const Node& kid = program_.nodes[program_.kids[node.b + i]];
      if (kid.op != Op::kConst || !program_.constants[kid.a].is(Kind::kString)) return nullptr;
      return &program_.constants[kid.a];
    };
    if (function == Function::kMatches) {
      const Value* pattern = literal(1);
      if (!pattern) return Known{};
      RE2::Options options(RE2::Quiet);
      options.set_max_mem(kPatternMemoryMax);
      auto text = pattern->as_text();
      auto regex = std::make_unique<RE2>(re2::StringPiece(text.data(), text.size()), options);
      if (text.size() > kPatternBytesMax) return wrong(node, "a regular expression over its length limit");
      if (!regex->ok()) {
        return wrong(node, "not a regular expression: " + regex->error(), "the syntax is RE2's");
      }
      program_.patterns.push_back(std::move(regex));
      node.slot = static_cast<uint16_t>(program_.patterns.size());
      return Known{};
    }
    bool time = function == Function::kToTimestamp || function == Function::kToDuration;
    if (!time || !literal(0)) return Known{};
    Value value;
    Fault fault;
    uint64_t steps = 0;
    if (!run_function({function, std::span(literal(0), 1)}, value, fault, steps)) {
      return wrong(
          node, fmt::format("{}: '{}'", fault.what, literal(0)->as_text()),
          function == Function::kToDuration ? "as in duration('1h30m')" : "as in timestamp('2026-09-01T08:00:00Z')");
    }
    program_.constants.push_back(value);
    node.op = Op::kConst;
    node.a = static_cast<uint32_t>(program_.constants.size() - 1);
    return Known{};
  }

  Answer negation(const Node& node, Kind kind) {
    FOVEA_TRY(Known of, check(node.a));
    ++of.cost;
    if (kind == Kind::kBool && assignable(of.type, kind)) return Known{Kind::kBool, of.cost};
    Kind given = of.type.kind();
    if (kind == Kind::kInt && (given == Kind::kInt || given == Kind::kDouble || given == Kind::kDyn)) return of;
    return wrong(node, fmt::format("no such overload: {}{}", kind == Kind::kBool ? "!" : "-", of.type.text()));
  }

  Answer choose(const Node& node) {
    FOVEA_TRY(Known test, check(node.a));
    FOVEA_TRY(Known yes, check(node.b));
    FOVEA_TRY(Known no, check(node.c));
    if (!assignable(test.type, Kind::kBool)) {
      return wrong(node, fmt::format("no matching overload: a condition is a bool, not a {}", test.type.text()));
    }
    return Known{join(yes.type, no.type), test.cost + std::max(yes.cost, no.cost) + 1, std::max(yes.length, no.length)};
  }

  Answer macro(const Node& node) {
    FOVEA_TRY(Known range, check(node.a));
    Kind kind = range.type.kind();
    Type element;
    if (kind == Kind::kList) {
      element = range.type.element();
    } else if (kind == Kind::kMap || kind == Kind::kRecord) {
      element = range.type.key();
    } else if (kind != Kind::kDyn) {
      return wrong(node, fmt::format("a {} has no elements to go through", range.type.text()));
    }
    locals_[node.slot] = element;
    uint64_t turn = 1;
    if (node.c != kNoNode) {
      FOVEA_TRY(Known filter, check(node.c));
      if (!assignable(filter.type, Kind::kBool)) return wrong(node, "the condition is no bool");
      turn += filter.cost;
    }
    FOVEA_TRY(Known body, check(node.b));
    turn += body.cost;
    Known out{Kind::kBool, range.cost + times(range.length, turn), range.length};
    if (node.op == Op::kMapMacro) {
      out.type = Type::list(body.type);
    } else if (!assignable(body.type, Kind::kBool)) {
      return wrong(node, fmt::format("the condition is a {}, not a bool", body.type.text()));
    } else if (node.op == Op::kFilter) {
      out.type = Type::list(element);
    }
    return out;
  }

  Answer binary(const Node& node) {
    FOVEA_TRY(Known left, check(node.a));
    FOVEA_TRY(Known right, check(node.b));
    const Type &a = left.type, &b = right.type;
    Known out{Kind::kBool, left.cost + right.cost + 1, left.length + right.length};
    auto no = [&](std::string hint = {}) {
      return wrong(node, fmt::format("no such overload: {} {} {}", a.text(), sign_of(node.op), b.text()),
                   std::move(hint));
    };
    switch (node.op) {
      case Op::kAnd:
      case Op::kOr:
        return assignable(a, Kind::kBool) && assignable(b, Kind::kBool) ? Answer(out) : no();
      case Op::kEqual:
      case Op::kNotEqual: {
        bool null = a.kind() == Kind::kNull || b.kind() == Kind::kNull;
        return comparable(a, b) || null ? Answer(out) : no("values of these kinds are never equal");
      }
      case Op::kLess:
      case Op::kLessEqual:
      case Op::kGreater:
      case Op::kGreaterEqual:
        return comparable(a, b) && ordered(a) && ordered(b) ? Answer(out) : no();
      case Op::kIn:
        if (b.kind() == Kind::kList && comparable(a, b.element())) return out;
        if (b.kind() == Kind::kMap && comparable(a, b.key())) return out;
        if (b.kind() == Kind::kRecord && assignable(a, Kind::kString)) return out;
        return b.is_dyn() ? Answer(out) : no(b.kind() == Kind::kString ? "write text.contains(part)" : "");
      default:
        break;
    }
    auto result = arithmetic_type(node.op, a, b);
    if (!result) {
      bool mixed = a.is_number() && b.is_number();
      bool text = a.kind() == Kind::kString || b.kind() == Kind::kString;
      return no(mixed ? "convert one: double(x) or int(x)" : text ? "convert the other: string(x)" : "");
    }
    out.type = *result;
    return out;
  }

  Program& program_;
  const Environment& environment_;
  std::vector<Type> locals_;
  std::set<std::string> inputs_;
};

}  // namespace

Result<void> check_program(Program& program, const Environment& environment) {
  return Checker(program, environment).run();
}

}  // namespace fovea::expr
