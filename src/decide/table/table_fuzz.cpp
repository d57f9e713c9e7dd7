#include "decide/table/table.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fovea::expr::Environment environment;
  environment.set("event", fovea::expr::Kind::kDyn);
  auto table = fovea::table::Table::parse("t.csv", {reinterpret_cast<const char*>(data), size}, environment,
                                          fovea::table::HitPolicy::kFirst);
  if (!table) return 0;
  fovea::JsonObject root{{"event", {{"x", 5}, {"y", "refund"}, {"z", nullptr}}}};
  (void)table->decide(root);
  return 0;
}
