#include "decide/expr/expr.h"

// Compiles anything, checked and not, and runs what compiles.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const fovea::JsonObject root{{"event", {{"x", 5}, {"y", "refund"}, {"list", {1, 2.5, "a", nullptr}}}}};
  for (bool checked : {true, false}) {
    fovea::expr::Environment environment;
    environment.checked = checked;
    environment.set("event", fovea::expr::Kind::kDyn);
    auto expression = fovea::expr::Expression::compile(text, environment);
    if (!expression) continue;
    auto value = expression->eval(root);
    if (value) (void)fovea::expr::to_json(*value);
  }
  return 0;
}
