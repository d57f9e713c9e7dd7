// What an expression is compiled to: a tree in one vector. Made by parser, completed by checker, run by evaluator.
#pragma once

#include <re2/re2.h>

#include <memory>
#include <string>
#include <vector>

#include "decide/expr/function.h"
#include "decide/expr/type.h"

namespace fovea::expr {

enum class Op : uint8_t {
  kConst,
  kVar,
  kLocal,
  kSelect,
  kHas,
  kIndex,
  kCall,
  kList,
  kMap,
  kAnd,
  kOr,
  kNot,
  kNegate,
  kChoose,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kAll,
  kExists,
  kExistsOne,
  kMapMacro,
  kFilter,
  kUnknown,  // a function that does not exist, in an expression that was not checked
};

constexpr uint32_t kNoNode = UINT32_MAX;

struct Node {
  Op op = Op::kConst;
  bool member = false;  // kCall: written as RECEIVER.NAME(...), the receiver is the first kid
  uint16_t slot = 0;    // kLocal and macros: the variable's place; kCall of matches: 1 + index of its pattern
  uint32_t at = 0;      // byte of the text
  // kConst: constant. kVar, kUnknown: name. kSelect, kHas: node, name. kIndex and operators: nodes. kChoose: three.
  // kCall: function, first kid, kids. kList, kMap: -, first kid, kids. Macros: range, body, filter of kMapMacro.
  uint32_t a = kNoNode, b = kNoNode, c = kNoNode;
};

struct Program {
  std::string text;
  std::vector<Node> nodes;
  std::vector<uint32_t> kids;
  std::vector<Value> constants;
  std::vector<std::string> names;
  std::vector<std::unique_ptr<RE2>> patterns;
  uint32_t root = 0;
  uint16_t slots = 0;
  Type type;
  uint64_t cost = 0;
  std::vector<std::string> inputs;
};

// The path "event.amount" that the node reads from the scope, or nothing.
std::string path_of(const Program& program, uint32_t node);

}  // namespace fovea::expr
