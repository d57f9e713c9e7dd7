#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/json.h"
#include "flow/file/flow_file.h"
#include "flow/file/shape.h"

namespace fovea::file {
namespace {

JsonObject typed(const char* type) {
  return {{"type", type}};
}
JsonObject reference(std::string_view name) {
  return {{"$ref", "#/$defs/" + std::string(name)}};
}
Json one_of(JsonObject a, JsonObject b) {
  return JsonObject{{"oneOf", JsonArray{std::move(a), std::move(b)}}};
}

JsonObject patterned(const char* pattern) {
  JsonObject out = typed("string");
  out["pattern"] = pattern;
  return out;
}

JsonObject listed(const std::vector<std::string_view>& choices) {
  JsonArray values;
  for (std::string_view each : choices) values.emplace_back(each);
  return {{"enum", std::move(values)}};
}

constexpr const char* kDurationPattern = "^([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h|d))+$";

JsonObject wanted(const Key& key) {
  switch (key.want) {
    case Want::kText:
    case Want::kTextTemplate:
      return typed("string");
    case Want::kName:
      return patterned("^[A-Za-z0-9_-]{1,64}$");
    // A plain scalar such as 5 or true is an expression too, and an editor's YAML sees a number there.
    case Want::kExpression:
      return {{"type", JsonArray{"string", "number", "boolean"}}};
    case Want::kDuration:
      return patterned(kDurationPattern);
    case Want::kDurationOrForever:
      return one_of(patterned(kDurationPattern), listed({"forever"})).as_object();
    case Want::kWhole:
      return {{"type", "integer"}, {"minimum", 1}};
    case Want::kNumber:
      return {{"type", "number"}, {"minimum", 0}};
    case Want::kShare:
      return one_of({{"type", "number"}, {"minimum", 0}, {"maximum", 1}}, patterned("^[0-9]+(\\.[0-9]+)?%$"))
          .as_object();
    case Want::kShares: {
      Key one = key;
      one.want = Want::kShare;
      return {{"type", "array"}, {"items", wanted(one)}, {"minItems", 1}};
    }
    case Want::kBytes:
      return patterned("^[0-9]+(B|kB|MB|GB|KiB|MiB|GiB)$");
    case Want::kChoice:
      return listed(key.choices);
    case Want::kChoices:
      return {{"type", "array"}, {"items", listed(key.choices)}, {"minItems", 1}, {"uniqueItems", true}};
    case Want::kTemplate:
      return {};
    case Want::kHeaders:
    case Want::kFolds:
      return {{"type", "object"}, {"additionalProperties", typed("string")}};
    case Want::kShape:
      return reference(key.of);
    case Want::kTextOrShape:
      return one_of(typed("string"), reference(key.of)).as_object();
    case Want::kShapes:
      return {{"type", "array"}, {"items", reference(key.of)}, {"minItems", 1}};
    case Want::kNamedShapes: {
      JsonObject item{
          {"type", "object"}, {"minProperties", 1}, {"maxProperties", 1}, {"additionalProperties", reference(key.of)}};
      return {{"type", "array"}, {"items", std::move(item)}};
    }
  }
  return {};
}

JsonObject schema_of(const Shape& shape) {
  JsonObject properties;
  JsonArray required, kinds;
  for (const Key& key : shape.keys) {
    JsonObject property = wanted(key);
    property["description"] = key.about;
    properties[key.name] = std::move(property);
    if (key.required) required.emplace_back(key.name);
    if (key.kind) kinds.push_back(JsonObject{{"required", JsonArray{key.name}}});
  }
  JsonObject out{{"description", shape.about}, {"type", "object"}, {"additionalProperties", false}};
  out["properties"] = std::move(properties);
  if (!required.empty()) out["required"] = std::move(required);
  if (!kinds.empty()) out["oneOf"] = std::move(kinds);
  return out;
}

void write_indented(const Json& value, int depth, std::string& out) {
  const std::string inner(static_cast<size_t>(depth + 1) * 2, ' '), outer(static_cast<size_t>(depth) * 2, ' ');
  const auto* object = value.if_object();
  const auto* array = value.if_array();
  std::string line = to_text(value);
  constexpr size_t kLineMax = 110;
  if ((!object && !array) || (depth > 2 && line.size() <= kLineMax)) {
    out += line;
    return;
  }
  out += object ? "{\n" : "[\n";
  size_t left = object ? object->size() : array->size();
  auto comma = [&] { out += --left > 0 ? ",\n" : "\n"; };
  if (object) {
    for (const auto& each : *object) {
      out += inner + to_text(Json(each.key())) + ": ";
      write_indented(each.value(), depth + 1, out);
      comma();
    }
  } else {
    for (const Json& each : *array) {
      out += inner;
      write_indented(each, depth + 1, out);
      comma();
    }
  }
  out += outer + (object ? "}" : "]");
}

}  // namespace

std::string schema_text(std::string_view title, const std::vector<Shape>& shapes) {
  JsonObject root = schema_of(shapes.front());
  root["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  root["title"] = title;
  JsonObject definitions;
  for (const Shape& each : shapes) {
    if (&each != &shapes.front()) definitions[each.name] = schema_of(each);
  }
  root["$defs"] = std::move(definitions);
  std::string out;
  write_indented(root, 0, out);
  return out + "\n";
}

std::string flow_schema() {
  return schema_text("fovea flow file", shapes());
}

}  // namespace fovea::file
