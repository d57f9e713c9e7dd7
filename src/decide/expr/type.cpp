#include "decide/expr/type.h"

#include <fmt/format.h>

namespace fovea::expr {

struct Type::Inside {
  Type element, key;
  std::vector<Member> members;
};

Type Type::list(Type element) {
  Type out(Kind::kList);
  out.inside_ = std::make_shared<const Inside>(Inside{std::move(element), {}, {}});
  return out;
}
Type Type::map(Type key, Type value) {
  Type out(Kind::kMap);
  out.inside_ = std::make_shared<const Inside>(Inside{std::move(value), std::move(key), {}});
  return out;
}
Type Type::record(std::vector<Member> members) {
  Type out(Kind::kRecord);
  out.inside_ = std::make_shared<const Inside>(Inside{{}, Kind::kString, std::move(members)});
  return out;
}
Type Type::type_of(Type inner) {
  Type out(Kind::kType);
  out.inside_ = std::make_shared<const Inside>(Inside{std::move(inner), {}, {}});
  return out;
}

Type Type::element() const {
  return inside_ ? inside_->element : Type();
}
Type Type::key() const {
  return inside_ ? inside_->key : Type();
}
const std::vector<Type::Member>* Type::members() const {
  return kind_ == Kind::kRecord && inside_ ? &inside_->members : nullptr;
}
const Type::Member* Type::member(std::string_view name) const {
  if (const auto* all = members()) {
    for (const Member& each : *all) {
      if (each.name == name) return &each;
    }
  }
  return nullptr;
}

std::string Type::text() const {
  switch (kind_) {
    case Kind::kList:
      return fmt::format("list({})", element().text());
    case Kind::kMap:
      return fmt::format("map({}, {})", key().text(), element().text());
    case Kind::kTimestamp:
      return "timestamp";
    case Kind::kDuration:
      return "duration";
    case Kind::kNull:
      return "null";
    default:
      return std::string(kind_name(kind_));
  }
}

bool Type::operator==(const Type& other) const {
  if (kind_ != other.kind_) return false;
  if (inside_ == other.inside_ || kind_ == Kind::kType) return true;
  if (kind_ == Kind::kRecord) return false;
  return element() == other.element() && key() == other.key();
}

bool assignable(const Type& from, const Type& to) {
  if (from.is_dyn() || to.is_dyn()) return true;
  Kind a = from.kind() == Kind::kRecord ? Kind::kMap : from.kind();
  Kind b = to.kind() == Kind::kRecord ? Kind::kMap : to.kind();
  if (a != b) return false;
  if (a == Kind::kList || a == Kind::kMap) {
    return assignable(from.element(), to.element()) && assignable(from.key(), to.key());
  }
  return true;
}

Type join(const Type& a, const Type& b) {
  if (a == b) return a;
  if (a.kind() == Kind::kList && b.kind() == Kind::kList) return Type::list(join(a.element(), b.element()));
  return Kind::kDyn;
}

const Type* Environment::find(std::string_view name) const {
  for (const Type::Member& each : variables) {
    if (each.name == name) return &each.type;
  }
  return nullptr;
}

void Environment::set(std::string name, Type type) {
  for (Type::Member& each : variables) {
    if (each.name == name) {
      each.type = std::move(type);
      return;
    }
  }
  variables.push_back({std::move(name), std::move(type)});
}

}  // namespace fovea::expr
