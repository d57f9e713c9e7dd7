// What the tests of this room evaluate against: one event, one score.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "decide/expr/expr.h"

namespace fovea::expr {

inline const JsonObject& sample_root() {
  static const JsonObject kRoot = parse_json(R"({
    "event": {"id": "e-1", "amount": 250, "price": 12.5, "from": "ann@example.com", "subject": "Refund, please",
              "body": "我要退款 now", "at": "2026-09-01T08:00:00+08:00", "tags": ["vip", "late"],
              "items": [{"sku": "a", "n": 2}, {"sku": "b", "n": 3}], "empty": null, "x-y": 1, "package": "box"},
    "intent": {"label": "refund", "probability": 0.93}})")
                                      ->get_object();
  return kRoot;
}

inline Environment sample_environment() {
  Environment out;
  out.set("event", Kind::kDyn);
  out.set("intent",
          Type::record({{"label", Kind::kString}, {"probability", Kind::kDouble}, {"margin", Kind::kDouble}}));
  return out;
}

// The value as JSON, or "load: ..." or "run: CODE ...".
inline std::string run(std::string_view text) {
  auto compiled = Expression::compile(text, sample_environment());
  if (!compiled) return "load: " + compiled.error().text();
  auto value = compiled->eval_json(sample_root());
  return value ? canonical_text(*value)
               : fmt::format("run: {} {}", code_name(value.error().code), value.error().text());
}

}  // namespace fovea::expr
