#include "decide/expr/parser.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "decide/expr/limits.h"
#include "decide/expr/token.h"
#include "decide/expr/word.h"

namespace fovea::expr {
namespace {

using Word = Token::Kind;

class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens) : tokens_(std::move(tokens)) { program_.text = text; }

  Result<Program> run() {
    FOVEA_TRY(program_.root, expression());
    if (now().kind != Word::kEnd) return unexpected("an operator or the end");
    return std::move(program_);
  }

 private:
  using Index = Result<uint32_t>;

  const Token& now() const { return tokens_[at_]; }
  const Token& after(size_t n) const { return tokens_[std::min(at_ + n, tokens_.size() - 1)]; }
  bool is(std::string_view sign) const { return now().kind == Word::kSign && now().source == sign; }
  bool eat(std::string_view sign) {
    if (!is(sign)) return false;
    ++at_;
    return true;
  }
  std::unexpected<Error> bad(size_t at, std::string message, std::string hint = {}) const {
    return fail(Code::kInvalidArgument, std::move(message), place_in(program_.text, at), std::move(hint));
  }
  std::unexpected<Error> unexpected(std::string_view wanted) const {
    std::string found = now().kind == Word::kEnd ? "the end" : fmt::format("'{}'", now().source);
    return bad(now().at, fmt::format("expected {}, found {}", wanted, found));
  }
  Result<void> expect(std::string_view sign) {
    if (eat(sign)) return {};
    return unexpected(fmt::format("'{}'", sign));
  }

  int depth_of(uint32_t node) const { return node == kNoNode ? 0 : depths_[node]; }

  Index add(Node node) {
    if (program_.nodes.size() >= kNodesMax) {
      return fail(Code::kResourceExhausted, fmt::format("an expression of over {} parts", kNodesMax),
                  place_in(program_.text, node.at));
    }
    int depth = 0;
    bool sequence = node.op == Op::kCall || node.op == Op::kList || node.op == Op::kMap;
    if (sequence) {
      for (uint32_t i = 0; i < node.c; ++i) depth = std::max(depth, depth_of(program_.kids[node.b + i]));
    } else if (node.op != Op::kConst && node.op != Op::kVar && node.op != Op::kUnknown) {
      bool named = node.op == Op::kSelect || node.op == Op::kHas;
      depth = std::max({depth_of(node.a), named ? 0 : depth_of(node.b), depth_of(node.c)});
    }
    if (depth >= kTreeDepthMax) {
      return fail(Code::kResourceExhausted,
                  fmt::format("an expression of over {} operators in one another", kTreeDepthMax),
                  place_in(program_.text, node.at));
    }
    depths_.push_back(depth + 1);
    program_.nodes.push_back(node);
    return static_cast<uint32_t>(program_.nodes.size() - 1);
  }
  Index constant(Value value, uint32_t at) {
    program_.constants.push_back(std::move(value));
    return add({.op = Op::kConst, .at = at, .a = static_cast<uint32_t>(program_.constants.size() - 1)});
  }
  uint32_t name_index(std::string_view name) {
    auto found = std::ranges::find(program_.names, name);
    if (found == program_.names.end()) found = program_.names.insert(found, std::string(name));
    return static_cast<uint32_t>(found - program_.names.begin());
  }
  Index sequence(Op op, uint32_t at, const std::vector<uint32_t>& kids, uint32_t function = kNoNode,
                 bool member = false) {
    auto first = static_cast<uint32_t>(program_.kids.size());
    program_.kids.insert(program_.kids.end(), kids.begin(), kids.end());
    return add(
        {.op = op, .member = member, .at = at, .a = function, .b = first, .c = static_cast<uint32_t>(kids.size())});
  }

  Index expression() {
    if (++nesting_ > kNestingMax) {
      return fail(Code::kResourceExhausted, fmt::format("brackets nested over {} deep", kNestingMax),
                  place_in(program_.text, now().at));
    }
    FOVEA_TRY(uint32_t left, disjunction());
    if (is("?")) {
      uint32_t at = now().at;
      ++at_;
      FOVEA_TRY(uint32_t yes, disjunction());
      FOVEA_OK(expect(":"));
      FOVEA_TRY(uint32_t no, expression());
      FOVEA_TRY(left, add({.op = Op::kChoose, .at = at, .a = left, .b = yes, .c = no}));
    }
    --nesting_;
    return left;
  }

  Index disjunction() {
    FOVEA_TRY(uint32_t left, conjunction());
    while (is("||")) {
      uint32_t at = now().at;
      ++at_;
      FOVEA_TRY(uint32_t right, conjunction());
      FOVEA_TRY(left, add({.op = Op::kOr, .at = at, .a = left, .b = right}));
    }
    return left;
  }

  Index conjunction() {
    FOVEA_TRY(uint32_t left, relation());
    while (is("&&")) {
      uint32_t at = now().at;
      ++at_;
      FOVEA_TRY(uint32_t right, relation());
      FOVEA_TRY(left, add({.op = Op::kAnd, .at = at, .a = left, .b = right}));
    }
    return left;
  }

  Index relation() {
    FOVEA_TRY(uint32_t left, sum());
    while (true) {
      bool word = now().kind == Word::kSign || now().kind == Word::kName;
      Op op = word ? relation_of(now().source) : Op::kUnknown;
      if (op == Op::kUnknown) return left;
      uint32_t at = now().at;
      ++at_;
      FOVEA_TRY(uint32_t right, sum());
      FOVEA_TRY(left, add({.op = op, .at = at, .a = left, .b = right}));
    }
  }

  Index sum() {
    FOVEA_TRY(uint32_t left, product());
    while (is("+") || is("-")) {
      Op op = is("+") ? Op::kAdd : Op::kSubtract;
      uint32_t at = now().at;
      ++at_;
      FOVEA_TRY(uint32_t right, product());
      FOVEA_TRY(left, add({.op = op, .at = at, .a = left, .b = right}));
    }
    return left;
  }

  Index product() {
    FOVEA_TRY(uint32_t left, unary());
    while (is("*") || is("/") || is("%")) {
      Op op = is("*") ? Op::kMultiply : is("/") ? Op::kDivide : Op::kModulo;
      uint32_t at = now().at;
      ++at_;
      FOVEA_TRY(uint32_t right, unary());
      FOVEA_TRY(left, add({.op = op, .at = at, .a = left, .b = right}));
    }
    return left;
  }

  Index unary() {
    std::vector<uint32_t> places;
    std::string_view sign = is("!") ? "!" : "-";
    while (is(sign)) {
      places.push_back(now().at);
      ++at_;
    }
    uint32_t node = 0;
    bool number = now().kind == Word::kInt || now().kind == Word::kDouble;
    if (sign == "-" && !places.empty() && number) {  // a literal takes the nearest sign, so that -2^63 can be written
      FOVEA_TRY(node, literal(true));
      places.pop_back();
      FOVEA_TRY(node, postfix(node));
    } else {
      FOVEA_TRY(node, member());
    }
    for (size_t i = places.size(); i-- > 0;) {
      FOVEA_TRY(node, add({.op = sign == "!" ? Op::kNot : Op::kNegate, .at = places[i], .a = node}));
    }
    return node;
  }

  Index literal(bool negative) {
    const Token& token = now();
    ++at_;
    switch (token.kind) {
      case Word::kInt: {
        if (!negative && token.whole > INT64_MAX)
          return bad(token.at, "a number beyond 64 bits", "an unsigned one ends in u");
        auto value = static_cast<int64_t>(negative ? ~token.whole + 1 : token.whole);
        return constant(Value::integer(value), token.at);
      }
      case Word::kUint:
        return constant(Value::uinteger(token.whole), token.at);
      case Word::kDouble:
        return constant(Value::number(negative ? -token.number : token.number), token.at);
      case Word::kString:
        return constant(Value::text(token.text), token.at);
      case Word::kBytes:
        return constant(Value::bytes(token.text), token.at);
      default:
        break;
    }
    --at_;
    return unexpected("a value");
  }

  Index member() {
    FOVEA_TRY(uint32_t node, primary());
    return postfix(node);
  }

  Index postfix(uint32_t node) {
    while (true) {
      uint32_t at = now().at;
      if (eat("[")) {
        if (is("?")) return bad(at, "optional values are not part of this language", "use has(), or 'KEY in MAP'");
        FOVEA_TRY(uint32_t key, expression());
        FOVEA_OK(expect("]"));
        FOVEA_TRY(node, add({.op = Op::kIndex, .at = at, .a = node, .b = key}));
      } else if (is(".")) {
        ++at_;
        if (is("?")) return bad(at, "optional values are not part of this language", "use has(a.b)");
        FOVEA_TRY(node, select(node));
      } else if (is("{")) {
        return bad(at, "messages are not part of this language", "a map is written {'key': value}");
      } else {
        return node;
      }
    }
  }

  Index select(uint32_t node) {
    const Token& name = now();
    bool quoted = name.kind == Word::kQuotedName;
    if (!quoted && (name.kind != Word::kName || name.source == "in" || name.source == "true" ||
                    name.source == "false" || name.source == "null")) {
      return unexpected("a name");
    }
    ++at_;
    if (!quoted && is("(")) return call_on(node, name);
    std::string_view text = quoted ? std::string_view(name.text) : name.source;
    FOVEA_TRY(uint32_t out, add({.op = Op::kSelect, .at = name.at, .a = node, .b = name_index(text)}));
    std::string path = path_of(program_, out);
    if (path == "google.protobuf.Timestamp") return constant(Value::type(Kind::kTimestamp), name.at);
    if (path == "google.protobuf.Duration") return constant(Value::type(Kind::kDuration), name.at);
    return out;
  }

  Index call_on(uint32_t receiver, const Token& name) {
    ++at_;  // "("
    auto macro = macro_of(name.source);
    bool two_arguments = after(1).kind == Word::kSign && after(1).source == ",";
    if (macro && now().kind == Word::kName && two_arguments) return macro_call(receiver, name, *macro);
    if (macro) {
      return bad(name.at, fmt::format("{}() takes a name and an expression", name.source),
                 fmt::format("as in list.{}(x, x > 0)", name.source));
    }
    std::vector<uint32_t> arguments{receiver};
    FOVEA_OK(argument_list(arguments, ")"));
    return call(name, arguments, true);
  }

  Index macro_call(uint32_t range, const Token& name, Op op) {
    std::string_view variable = now().source;
    at_ += 2;  // NAME ","
    auto slot = static_cast<uint16_t>(locals_.size());
    locals_.push_back(variable);
    program_.slots = std::max<uint16_t>(program_.slots, static_cast<uint16_t>(locals_.size()));
    FOVEA_TRY(uint32_t body, expression());
    uint32_t filter = kNoNode;
    if (op == Op::kMapMacro && eat(",")) {
      filter = body;
      FOVEA_TRY(body, expression());
    }
    locals_.pop_back();
    FOVEA_OK(expect(")"));
    return add({.op = op, .slot = slot, .at = name.at, .a = range, .b = body, .c = filter});
  }

  Result<void> argument_list(std::vector<uint32_t>& out, std::string_view close) {
    while (!eat(close)) {
      FOVEA_TRY(uint32_t each, expression());
      out.push_back(each);
      if (eat(",")) continue;
      FOVEA_OK(expect(close));
      break;
    }
    return {};
  }

  Index call(const Token& name, const std::vector<uint32_t>& arguments, bool member) {
    for (const Signature& each : signatures()) {
      if (each.name == name.source) {
        return sequence(Op::kCall, name.at, arguments, static_cast<uint32_t>(each.function), member);
      }
    }
    return add({.op = Op::kUnknown, .member = member, .at = name.at, .a = name_index(name.source)});
  }

  Index primary() {
    const Token& token = now();
    if (eat("(")) {
      FOVEA_TRY(uint32_t inside, expression());
      FOVEA_OK(expect(")"));
      return inside;
    }
    if (eat("[")) {
      std::vector<uint32_t> elements;
      if (is("?")) return bad(token.at, "optional values are not part of this language");
      FOVEA_OK(argument_list(elements, "]"));
      return sequence(Op::kList, token.at, elements);
    }
    if (eat("{")) return map_literal(token.at);
    bool absolute = is(".");
    if (absolute) ++at_;
    if (now().kind == Word::kName) return name(absolute);
    if (absolute) return unexpected("a name");
    return literal(false);
  }

  Index map_literal(uint32_t at) {
    std::vector<uint32_t> kids;
    while (!eat("}")) {
      if (is("?")) return bad(now().at, "optional values are not part of this language");
      FOVEA_TRY(uint32_t key, expression());
      FOVEA_OK(expect(":"));
      FOVEA_TRY(uint32_t value, expression());
      kids.push_back(key);
      kids.push_back(value);
      if (eat(",")) continue;
      FOVEA_OK(expect("}"));
      break;
    }
    return sequence(Op::kMap, at, kids);
  }

  Index name(bool absolute) {
    const Token& token = now();
    std::string_view text = token.source;
    ++at_;
    if (text == "true" || text == "false") return constant(Value::boolean(text == "true"), token.at);
    if (text == "null") return constant(Value(), token.at);
    if (text == "in" || reserved(text)) {
      return bad(token.at, fmt::format("'{}' is a reserved word", text));
    }
    if (is("(")) {
      ++at_;
      if (text == "has") return has(token);
      std::vector<uint32_t> arguments;
      FOVEA_OK(argument_list(arguments, ")"));
      return call(token, arguments, false);
    }
    for (size_t i = locals_.size(); !absolute && i-- > 0;) {
      if (locals_[i] == text) return add({.op = Op::kLocal, .slot = static_cast<uint16_t>(i), .at = token.at});
    }
    if (auto type = type_name(text)) return constant(Value::type(*type), token.at);
    return add({.op = Op::kVar, .at = token.at, .a = name_index(text)});
  }

  Index has(const Token& token) {
    FOVEA_TRY(uint32_t inside, expression());
    FOVEA_OK(expect(")"));
    Node& node = program_.nodes[inside];
    if (node.op != Op::kSelect) return bad(token.at, "has() takes a member", "as in has(event.amount)");
    node.op = Op::kHas;
    return inside;
  }

  std::vector<Token> tokens_;
  size_t at_ = 0;
  int nesting_ = 0;
  Program program_;
  std::vector<int> depths_;
  std::vector<std::string_view> locals_;
};

}  // namespace

Result<Program> parse_program(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    return fail(Code::kResourceExhausted,
                fmt::format("an expression of {} bytes; at most {}", text.size(), kTextBytesMax));
  }
  // The parser's tokens view the program's own copy of the text.
  auto owned = std::make_unique<std::string>(text);
  FOVEA_TRY(std::vector<Token> tokens, tokens_of(*owned));
  if (tokens.size() == 1) return fail(Code::kInvalidArgument, "an empty expression", "column 1");
  return Parser(*owned, std::move(tokens)).run();
}

}  // namespace fovea::expr
