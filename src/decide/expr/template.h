// A template: a JSON tree to be filled in from a scope, as in `body: { id: event.id, queue: decision.queue }`.
// Journey: an effect's arguments, the undo's too (there with the name `outcome`).
// A leaf is an expression, or a text in which {EXPRESSION} is replaced and ${NAME} stands for an environment variable,
// ${file:PATH} for a file. In a text, "{{" and "}}" are braces and "$$" is a dollar sign. Threads: immutable; any.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "decide/expr/expr.h"

namespace fovea::expr {

class Template {
 public:
  // How what is filled in is made harmless: kUrl percent-encodes it (RFC 3986), kLine refuses line breaks
  // (headers, addresses, subjects), kPath refuses what leaves a folder ("..", a leading "/", NUL).
  enum class Guard { kNone, kUrl, kLine, kPath };

  Template();  // null
  static Template literal(Json value);
  static Template of(Expression expression);
  static Result<Template> text(std::string_view text, const Environment& environment, Guard guard, bool secrets);
  static Template object(std::vector<std::pair<std::string, Template>> members);
  static Template array(std::vector<Template> elements);

  // ${NAME} stays as it is, and a "$" that comes from anywhere else becomes "$$", so that what is stored holds no
  // secret and data cannot name one; act resolves both. Only texts that may hold secrets do this.
  Result<Json> fill(const Scope& scope) const;

  std::vector<std::string> inputs() const;     // paths that its expressions read
  std::vector<std::string> variables() const;  // NAME, file:PATH
  bool is_null() const;

 private:
  struct Node;
  explicit Template(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
  std::shared_ptr<const Node> node_;
};

}  // namespace fovea::expr
