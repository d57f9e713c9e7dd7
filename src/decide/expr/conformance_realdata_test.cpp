// Runs cel-spec's own vectors (tests/simple/testdata/*.textproto). What is outside the subset is counted by reason;
// within it every vector must pass but those named in kDepartures.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "base/files.h"
#include "decide/expr/expr.h"
#include "decide/expr/time_value.h"
#include "decide/expr/token.h"

namespace fovea::expr {
namespace {

// A message of the text format: fields in order; a scalar is its text, strings unescaped.
struct Message {
  struct Field;
  std::vector<Field> fields;
  const Field* find(std::string_view name) const;
  std::string_view text(std::string_view name) const;
};
struct Message::Field {
  std::string name, scalar;
  bool is_message = false;
  Message message;
};
const Message::Field* Message::find(std::string_view name) const {
  for (const Field& each : fields) {
    if (each.name == name) return &each;
  }
  return nullptr;
}
std::string_view Message::text(std::string_view name) const {
  const Field* field = find(name);
  return field ? std::string_view(field->scalar) : std::string_view();
}

class TextFormat {
 public:
  explicit TextFormat(std::string text) : text_(std::move(text)) {}

  Message read(char close = '\0') {
    Message out;
    while (true) {
      skip();
      if (at_ >= text_.size() || text_[at_] == close) {
        ++at_;
        return out;
      }
      if (text_[at_] == ',' || text_[at_] == ';') {
        ++at_;
        continue;
      }
      Message::Field field;
      field.name = word();
      skip();
      if (text_[at_] == ':') ++at_;
      skip();
      if (text_[at_] == '{' || text_[at_] == '<') {
        char end = text_[at_++] == '{' ? '}' : '>';
        field.is_message = true;
        field.message = read(end);
      } else {
        field.scalar = scalar();
      }
      out.fields.push_back(std::move(field));
    }
  }

 private:
  void skip() {
    while (at_ < text_.size()) {
      if (text_[at_] == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else if (std::isspace(static_cast<unsigned char>(text_[at_]))) {
        ++at_;
      } else {
        return;
      }
    }
  }
  std::string word() {
    size_t begin = at_;
    if (text_[at_] == '[') {
      at_ = text_.find(']', at_) + 1;
    } else {
      while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) ||
                                    std::string_view("_.+-").find(text_[at_]) != std::string_view::npos))
        ++at_;
    }
    if (at_ == begin) ++at_;
    return text_.substr(begin, at_ - begin);
  }
  std::string scalar() {
    if (text_[at_] != '"' && text_[at_] != '\'') return word();
    std::string out;
    while (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
      char quote = text_[at_];
      size_t begin = at_++;
      while (text_[at_] != quote) at_ += text_[at_] == '\\' ? 2 : 1;
      ++at_;
      // Its escapes are those of CEL's bytes, and \u and \U besides.
      std::string literal = text_.substr(begin, at_ - begin);
      bool unicode = literal.find("\\u") != std::string::npos || literal.find("\\U") != std::string::npos;
      auto tokens = tokens_of(literal = (unicode ? "" : "b") + literal);
      if (!tokens) {
        ADD_FAILURE() << literal << ": " << tokens.error().text();
        return out;
      }
      out += tokens->front().text;
      skip();
    }
    return out;
  }

  std::string text_;
  size_t at_ = 0;
};

std::optional<Value> value_of(const Message& message) {
  if (message.fields.empty()) return std::nullopt;
  const Message::Field& field = message.fields.front();
  const std::string& text = field.scalar;
  if (field.name == "bool_value") return Value::boolean(text == "true");
  if (field.name == "int64_value") return Value::integer(std::stoll(text));
  if (field.name == "uint64_value") return Value::uinteger(std::stoull(text));
  if (field.name == "double_value")
    return Value::number(text == "inf" || text == "infinity"     ? INFINITY
                         : text == "-inf" || text == "-infinity" ? -INFINITY
                         : text == "nan"                         ? NAN
                                                                 : std::strtod(text.c_str(), nullptr));
  if (field.name == "string_value") return Value::text(text);
  if (field.name == "bytes_value") return Value::bytes(text);
  if (field.name == "null_value") return Value();
  if (field.name == "type_value") {
    for (int i = 0; i <= static_cast<int>(Kind::kDyn); ++i) {
      if (kind_name(static_cast<Kind>(i)) == text) return Value::type(static_cast<Kind>(i));
    }
    return std::nullopt;
  }
  if (field.name == "list_value") {
    Value::List out;
    for (const auto& each : field.message.fields) {
      auto element = value_of(each.message);
      if (!element) return std::nullopt;
      out.push_back(*element);
    }
    return Value::list(std::move(out));
  }
  if (field.name == "map_value") {
    Value::Map out;
    for (const auto& each : field.message.fields) {
      auto key = value_of(each.message.find("key")->message), value = value_of(each.message.find("value")->message);
      if (!key || !value) return std::nullopt;
      out.emplace_back(*key, *value);
    }
    return Value::map(std::move(out));
  }
  if (field.name == "object_value") {
    const auto& inner = field.message.fields.front();
    bool timestamp = inner.name.find("google.protobuf.Timestamp") != std::string::npos;
    if (!timestamp && inner.name.find("google.protobuf.Duration") == std::string::npos) return std::nullopt;
    auto number = [&](std::string_view name) {
      return std::strtoll(std::string(inner.message.text(name)).c_str(), nullptr, 10);
    };
    Seconds at = normalized(number("seconds"), number("nanos"));
    return timestamp ? Value::timestamp(at) : Value::duration(at);
  }
  return std::nullopt;
}

std::optional<Type> type_of(const Message& message) {
  if (message.fields.empty()) return std::nullopt;
  const auto& field = message.fields.front();
  static const std::map<std::string, Kind> kKinds = {{"BOOL", Kind::kBool},
                                                     {"INT64", Kind::kInt},
                                                     {"UINT64", Kind::kUint},
                                                     {"DOUBLE", Kind::kDouble},
                                                     {"STRING", Kind::kString},
                                                     {"BYTES", Kind::kBytes},
                                                     {"TIMESTAMP", Kind::kTimestamp},
                                                     {"DURATION", Kind::kDuration},
                                                     {"google.protobuf.Timestamp", Kind::kTimestamp},
                                                     {"google.protobuf.Duration", Kind::kDuration}};
  if (field.name == "dyn") return Type();
  if (field.name == "null") return Type(Kind::kNull);
  if (field.name == "primitive" || field.name == "well_known" || field.name == "message_type") {
    auto found = kKinds.find(field.scalar);
    return found == kKinds.end() ? std::nullopt : std::optional<Type>(found->second);
  }
  if (field.name == "list_type") {
    const auto* element = field.message.find("elem_type");
    auto inner = element ? type_of(element->message) : std::optional<Type>(Type());
    return inner ? std::optional<Type>(Type::list(*inner)) : std::nullopt;
  }
  if (field.name == "map_type") {
    const auto *key = field.message.find("key_type"), *value = field.message.find("value_type");
    auto k = key ? type_of(key->message) : std::optional<Type>(Type()),
         v = value ? type_of(value->message) : std::optional<Type>(Type());
    return k && v ? std::optional<Type>(Type::map(*k, *v)) : std::nullopt;
  }
  return std::nullopt;
}

struct Vector {
  std::string name, text;
  const Message* message = nullptr;
};

// Why a vector is not about this language; empty where it is.
std::string outside(const Vector& vector) {
  for (std::string_view name :
       {"TestAllTypes", "GlobalEnum", "Value{", "Any{", "google.protobuf.Any", "Struct{", "TestRequiredMessage"}) {
    if (vector.text.find(name) != std::string::npos) return "protobuf messages and enums";
  }
  for (size_t at = 0; (at = vector.text.find("google.protobuf.", at)) != std::string::npos; ++at) {
    std::string_view rest = std::string_view(vector.text).substr(at + 16);
    if (!rest.starts_with("Timestamp") && !rest.starts_with("Duration")) return "protobuf messages and enums";
  }
  if (!vector.message->text("container").empty()) return "names in containers";
  for (const auto& each : vector.message->fields) {
    if (each.name == "type_env") {
      if (each.message.text("name").find('.') != std::string_view::npos) return "names in containers";
      if (each.message.find("function")) return "functions that the host adds";
      const auto* ident = each.message.find("ident");
      if (ident && !type_of(ident->message.find("type")->message)) return "types of protobuf or type parameters";
    }
    if (each.name == "bindings" && each.message.text("key").find('.') != std::string_view::npos)
      return "names in containers";
    if (each.name == "value" && !value_of(each.message)) return "protobuf messages and enums";
  }
  for (std::string_view zone : {"'Australia/", "'US/", "'America/", "'Asia/"}) {
    if (vector.text.find(zone) != std::string::npos) return "time zones by name";
  }
  if (vector.text.find(".?") != std::string::npos || vector.text.find("[?") != std::string::npos ||
      vector.text.find("optional.") != std::string::npos)
    return "optional values";
  return "";
}

bool same(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  if (a.is(Kind::kDouble) && std::isnan(a.as_double())) return std::isnan(b.as_double());
  return equal(a, b);
}

// Empty where the vector passes, else what happened.
std::string outcome(const Vector& vector) {
  const Message& test = *vector.message;
  Environment environment;
  environment.checked = test.text("disable_check") != "true";
  std::vector<Scope::Name> names;
  for (const auto& each : test.fields) {
    if (each.name == "type_env")
      environment.set(std::string(each.message.text("name")),
                      *type_of(each.message.find("ident")->message.find("type")->message));
    if (each.name == "bindings")
      names.push_back(
          {each.message.text("key"), *value_of(each.message.find("value")->message.find("value")->message)});
  }
  auto compiled = Expression::compile(vector.text, environment);
  bool error_wanted = test.find("eval_error") != nullptr;
  if (!compiled) return error_wanted ? "" : "load: " + compiled.error().text();
  if (const auto* typed = test.find("typed_result")) {
    const auto* deduced = typed->message.find("deduced_type");
    auto wanted = deduced ? type_of(deduced->message) : std::nullopt;
    if (wanted && !(*wanted == compiled->type())) return "type " + compiled->type().text() + ", not " + wanted->text();
  }
  if (test.text("check_only") == "true") return "";
  JsonObject nothing;
  auto value = compiled->eval(Scope(nothing, names));
  if (!value) return error_wanted ? "" : "run: " + value.error().text();
  if (error_wanted) return "no error, but " + to_text(*value);
  const auto* wanted = test.find("value");
  if (const auto* typed = test.find("typed_result")) wanted = typed->message.find("result");
  Value expected = wanted ? *value_of(wanted->message) : Value::boolean(true);
  return same(*value, expected) ? "" : "gave " + to_text(*value) + ", not " + to_text(expected);
}

// Where the language differs on purpose (docs/formats/flow.md, "Expressions").
// An empty list is a list(dyn) here, not a list of a type to be found later.
const std::set<std::string> kDepartures = {
    "type_deduction/flexible_type_parameter_assignment/list_parameter",
    "type_deduction/flexible_type_parameter_assignment/list_parameter_order_independent"};

TEST(Conformance, CelSpec) {
  const std::string folder = "../shared/data/cel_spec";
  if (!std::filesystem::exists(folder)) {
    printf("skipped: no ../shared/data\n");
    GTEST_SKIP();
  }
  std::map<std::string, int> left_out;
  std::vector<std::string> failed;
  int passed = 0, all = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".textproto") continue;
    Message file = TextFormat(*read_file(entry.path())).read();
    int here = 0, out = 0;
    for (const auto& section : file.fields) {
      if (section.name != "section") continue;
      for (const auto& test : section.message.fields) {
        if (test.name != "test") continue;
        ++all;
        Vector vector{entry.path().stem().string() + "/" + std::string(section.message.text("name")) + "/" +
                          std::string(test.message.text("name")),
                      std::string(test.message.text("expr")), &test.message};
        if (std::string why = outside(vector); !why.empty()) {
          ++left_out[why], ++out;
          continue;
        }
        std::string what = outcome(vector);
        if (what.empty()) ++passed, ++here;
        if (!what.empty() && kDepartures.contains(vector.name)) {
          ++left_out["departures, by name"], ++out;
        } else if (!what.empty()) {
          failed.push_back(vector.name + " \"" + vector.text + "\": " + what);
        }
      }
    }
    printf("%-16s %4d passed, %3d outside\n", entry.path().stem().c_str(), here, out);
  }
  printf("%d vectors: %d passed, %zu failed\n", all, passed, failed.size());
  for (const auto& [why, count] : left_out) printf("  outside: %3d %s\n", count, why.c_str());
  for (const std::string& each : failed) ADD_FAILURE() << each;
  EXPECT_EQ(all, 1220);
  EXPECT_EQ(passed, 1078);
}

}  // namespace
}  // namespace fovea::expr
