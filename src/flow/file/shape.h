// What a flow file may say, as data: the one description from which both the checks and the JSON Schema are made.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fovea::file {

// What stands behind a key.
enum class Want {
  kText,
  kName,
  kExpression,
  kDuration,
  kDurationOrForever,
  kWhole,
  kNumber,
  kShare,
  kShares,  // a list of them
  kBytes,
  kChoice,
  kChoices,
  kTemplate,
  kTextTemplate,
  kHeaders,
  kFolds,
  kShape,        // a mapping of the shape `of`
  kTextOrShape,  // or a text that stands for its most important key
  kShapes,       // a list of them
  kNamedShapes,  // a list of mappings, each one name and a mapping
};

struct Key {
  std::string_view name;
  Want want;
  std::string_view about;
  bool required = false;
  bool kind = false;  // one of the keys of which a mapping has exactly one, and which says what it is
  std::string_view of = {};
  std::vector<std::string_view> choices = {};
};

// A key that others of the family know and this version does not do.
struct LaterKey {
  std::string_view name, message;
};

struct Shape {
  std::string_view name, about;
  std::vector<Key> keys;
  std::vector<LaterKey> later = {};

  const Key* find(std::string_view key) const;
  bool has_kinds() const;
};

const std::vector<Shape>& shapes();
const Shape& shape(std::string_view name);  // REQUIRES that it exists

// The JSON Schema of files of which the first of `shapes` is the whole.
std::string schema_text(std::string_view title, const std::vector<Shape>& shapes);

}  // namespace fovea::file
