#include "decide/expr/program.h"

namespace fovea::expr {

std::string path_of(const Program& program, uint32_t index) {
  const Node& node = program.nodes[index];
  if (node.op == Op::kVar) return program.names[node.a];
  std::string name;
  if (node.op == Op::kSelect || node.op == Op::kHas) {
    name = program.names[node.b];
  } else if (node.op == Op::kIndex && program.nodes[node.b].op == Op::kConst) {
    const Value& key = program.constants[program.nodes[node.b].a];
    if (!key.is(Kind::kString)) return "";
    name = key.as_text();
  } else {
    return "";
  }
  std::string base = path_of(program, node.a);
  return base.empty() ? "" : base + "." + name;
}

}  // namespace fovea::expr
