// Static types of expressions, and the environment that an expression is checked against.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "decide/expr/value.h"

namespace fovea::expr {

// A kind and, for lists, maps and records, what is inside. Cheap to copy.
class Type {
 public:
  struct Member;

  Type(Kind kind = Kind::kDyn) : kind_(kind) {}
  static Type list(Type element);
  static Type map(Type key, Type value);
  static Type record(std::vector<Member> members);  // a map with these members and no others
  static Type type_of(Type inner);

  Kind kind() const { return kind_; }
  Type element() const;                        // kList: element; kMap: value; else dyn
  Type key() const;                            // kMap
  const std::vector<Member>* members() const;  // kRecord; else null
  const Member* member(std::string_view name) const;
  std::string text() const;  // "list(string)"
  bool is_dyn() const { return kind_ == Kind::kDyn; }
  bool is_number() const { return kind_ == Kind::kInt || kind_ == Kind::kUint || kind_ == Kind::kDouble; }
  bool operator==(const Type& other) const;

 private:
  struct Inside;
  Kind kind_;
  std::shared_ptr<const Inside> inside_;
};

struct Type::Member {
  std::string name;
  Type type;
};

// May a value of type `from` stand where `to` is asked for? dyn goes both ways; records are maps.
bool assignable(const Type& from, const Type& to);
// The type of "one of the two": equal types stay, others become dyn.
Type join(const Type& a, const Type& b);

// The names that an expression may read.
struct Environment {
  std::vector<Type::Member> variables;
  bool checked = true;  // false: unknown names and wrong types are errors when they are reached, not at load

  const Type* find(std::string_view name) const;
  void set(std::string name, Type type);  // adds or replaces
};

}  // namespace fovea::expr
