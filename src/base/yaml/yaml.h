// A strict reading of YAML into a plain tree: no anchors, aliases, merge keys, tags, second documents or duplicate
// keys. Every node knows its place. Errors: kInvalidArgument, kResourceExhausted; `where` is "FILE:LINE:COLUMN".
// Threads: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fovea {

struct Place {
  int line = 0, column = 0;  // from 1
};

struct Yaml {
  struct Member;
  enum class Kind { kScalar, kList, kMap };
  Kind kind = Kind::kScalar;
  std::string text;    // kScalar
  bool plain = false;  // kScalar: written without quotes, on one line
  Place place;
  std::vector<Yaml> items;        // kList
  std::vector<Member> members;    // kMap, in order
  std::vector<Place> key_places;  // kMap

  bool is_null() const { return kind == Kind::kScalar && plain && (text.empty() || text == "null" || text == "~"); }
  const Yaml* find(std::string_view name) const;
};

struct Yaml::Member {
  std::string key;
  Yaml value;
};

std::string_view kind_word(const Yaml& node);  // "a list"
std::string where_of(const std::string& file, Place place);

Result<Yaml> parse_yaml(const std::string& file, std::string_view text);

}  // namespace fovea
