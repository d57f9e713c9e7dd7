#include "decide/expr/template.h"

#include <fmt/format.h>

#include <set>

#include "decide/expr/limits.h"

namespace fovea::expr {
namespace {

bool name_char(char c, bool first) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || (!first && c >= '0' && c <= '9');
}

// The NAME of "${NAME}", or the file:PATH of "${file:PATH}", at `at`; empty where there is none.
std::string_view variable_at(std::string_view text, size_t at) {
  if (text.substr(at, 2) != "${") return {};
  size_t begin = at + 2, end = begin;
  if (text.substr(begin).starts_with("file:")) {
    end = text.find_first_of("{}", begin);
  } else {
    while (end < text.size() && name_char(text[end], end == begin)) ++end;
  }
  return end < text.size() && text[end] == '}' ? text.substr(begin, end - begin) : std::string_view();
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                 c == '_' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

Result<std::string> guarded(std::string text, Template::Guard guard) {
  switch (guard) {
    case Template::Guard::kNone:
      return text;
    case Template::Guard::kUrl:
      return percent_encoded(text);
    case Template::Guard::kLine:
      if (text.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos) return text;
      return fail(Code::kInvalidArgument, "a line break in a text of one line", {},
                  "replace it: x.replace('\\n', ' ')");
    case Template::Guard::kPath:
      if (text != ".." && text != "." && text.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos)
        return text;
      return fail(Code::kInvalidArgument, fmt::format("'{}' may not be part of a path", text));
  }
  return text;
}

}  // namespace

struct Template::Node {
  struct Piece {
    std::string literal;  // or, where `expression` or `variable` is there, nothing
    std::optional<Expression> expression;
    std::string variable;
  };
  enum class Kind { kLiteral, kExpression, kText, kObject, kArray };
  Kind kind = Kind::kLiteral;
  Json literal;
  std::optional<Expression> expression;
  std::vector<Piece> pieces;
  Guard guard = Guard::kNone;
  bool secrets = false;
  std::vector<std::pair<std::string, Template>> members;
  std::vector<Template> elements;

  void collect(std::set<std::string>& inputs, std::set<std::string>& variables) const;
  Result<Json> fill_text(const Scope& scope) const;
};

Template::Template() : node_(std::make_shared<const Node>()) {}

Template Template::literal(Json value) {
  auto node = std::make_shared<Node>();
  node->literal = std::move(value);
  return Template(std::move(node));
}
Template Template::of(Expression expression) {
  auto node = std::make_shared<Node>();
  node->kind = Node::Kind::kExpression;
  node->expression = std::move(expression);
  return Template(std::move(node));
}
Template Template::object(std::vector<std::pair<std::string, Template>> members) {
  auto node = std::make_shared<Node>();
  node->kind = Node::Kind::kObject;
  node->members = std::move(members);
  return Template(std::move(node));
}
Template Template::array(std::vector<Template> elements) {
  auto node = std::make_shared<Node>();
  node->kind = Node::Kind::kArray;
  node->elements = std::move(elements);
  return Template(std::move(node));
}

namespace {

// Where the expression that starts at `at` ends: its closing brace, quotes and inner braces passed over.
size_t closing_brace(std::string_view text, size_t at) {
  int depth = 0;
  char quote = '\0';
  for (; at < text.size(); ++at) {
    char c = text[at];
    if (quote != '\0') {
      if (c == '\\') ++at;
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && depth-- == 0) {
      return at;
    }
  }
  return std::string_view::npos;
}

}  // namespace

Result<Template> Template::text(std::string_view text, const Environment& environment, Guard guard, bool secrets) {
  auto node = std::make_shared<Node>();
  node->kind = Node::Kind::kText;
  node->guard = guard;
  node->secrets = secrets;
  std::string run;
  auto flush = [&] {
    if (!run.empty()) node->pieces.push_back({std::exchange(run, {}), {}, {}});
  };
  for (size_t at = 0; at < text.size();) {
    std::string_view two = text.substr(at, 2);
    if (two == "{{" || two == "}}" || two == "$$") {
      run += two[0];
      at += 2;
    } else if (std::string_view name = variable_at(text, at); !name.empty()) {
      if (!secrets) {
        return fail(Code::kInvalidArgument, fmt::format("${{{}}} may not stand here", name), {},
                    "environment variables are for urls, headers and smtp; a dollar sign is written $$");
      }
      flush();
      node->pieces.push_back({{}, {}, std::string(name)});
      at += name.size() + 3;
    } else if (text[at] == '{') {
      size_t end = closing_brace(text, at + 1);
      if (end == std::string_view::npos) {
        return fail(Code::kInvalidArgument, "'{' without '}'", {}, "a brace itself is written {{");
      }
      flush();
      FOVEA_TRY(Expression expression, Expression::compile(text.substr(at + 1, end - at - 1), environment));
      node->pieces.push_back({{}, std::move(expression), {}});
      at = end + 1;
    } else if (text[at] == '}') {
      return fail(Code::kInvalidArgument, "'}' without '{'", {}, "a brace itself is written }}");
    } else {
      run += text[at++];
    }
  }
  flush();
  return Template(std::move(node));
}

Result<Json> Template::Node::fill_text(const Scope& scope) const {
  std::string out;
  auto add = [&](std::string_view part) {
    for (char c : part) {
      out += c;
      if (secrets && c == '$') out += '$';
    }
  };
  for (const Piece& piece : pieces) {
    if (!piece.variable.empty()) {
      out += fmt::format("${{{}}}", piece.variable);
    } else if (!piece.expression) {
      add(piece.literal);
    } else {
      FOVEA_TRY(std::string value, piece.expression->eval_text(scope));
      FOVEA_TRY(value, guarded(std::move(value), guard));
      add(value);
    }
    if (out.size() > kTextMadeMax) return fail(Code::kResourceExhausted, "a text over its length limit");
  }
  return Json(out);
}

Result<Json> Template::fill(const Scope& scope) const {
  switch (node_->kind) {
    case Node::Kind::kLiteral:
      return node_->literal;
    case Node::Kind::kExpression:
      return node_->expression->eval_json(scope);
    case Node::Kind::kText:
      return node_->fill_text(scope);
    case Node::Kind::kArray: {
      JsonArray out;
      for (const Template& each : node_->elements) {
        FOVEA_TRY(Json value, each.fill(scope));
        out.push_back(std::move(value));
      }
      return Json(std::move(out));
    }
    case Node::Kind::kObject:
      break;
  }
  JsonObject out;
  for (const auto& [name, each] : node_->members) {
    FOVEA_TRY(Json value, each.fill(scope));
    out.emplace(name, std::move(value));
  }
  return Json(std::move(out));
}

void Template::Node::collect(std::set<std::string>& inputs, std::set<std::string>& variables) const {
  if (expression) inputs.insert(expression->inputs().begin(), expression->inputs().end());
  for (const Piece& each : pieces) {
    if (each.expression) inputs.insert(each.expression->inputs().begin(), each.expression->inputs().end());
    if (!each.variable.empty()) variables.insert(each.variable);
  }
  for (const auto& [name, each] : members) each.node_->collect(inputs, variables);
  for (const Template& each : elements) each.node_->collect(inputs, variables);
}

std::vector<std::string> Template::inputs() const {
  std::set<std::string> inputs, variables;
  node_->collect(inputs, variables);
  return {inputs.begin(), inputs.end()};
}

std::vector<std::string> Template::variables() const {
  std::set<std::string> inputs, variables;
  node_->collect(inputs, variables);
  return {variables.begin(), variables.end()};
}

bool Template::is_null() const {
  return node_->kind == Node::Kind::kLiteral && node_->literal.is_null();
}

}  // namespace fovea::expr
