// Reads values of a flow file off its YAML tree, with errors that say where and what instead.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/yaml/yaml.h"
#include "decide/expr/template.h"
#include "flow/file/flow.h"
#include "flow/file/shape.h"

namespace fovea::file {

class Reader {
 public:
  Reader(Files& files, std::string path);

  std::unexpected<Error> bad(Place place, std::string message, std::string hint = {},
                             Code code = Code::kInvalidArgument) const;

  // The mapping has only keys of the shape, those that are required, and exactly one that says its kind.
  Result<void> check_keys(const Yaml& node, const Shape& shape) const;
  // The key that says the mapping's kind. REQUIRES check_keys.
  static const Yaml::Member& kind_of(const Yaml& node, const Shape& shape);

  Result<std::string> text(const Yaml& node, std::string_view what) const;
  Result<std::string> name(const Yaml& node, std::string_view what) const;  // letters, digits, _ and -
  Result<Nanos> duration(const Yaml& node, std::string_view what) const;    // above zero, with a unit
  Result<std::optional<Nanos>> duration_or_forever(const Yaml& node, std::string_view what) const;
  Result<int64_t> whole(const Yaml& node, std::string_view what, int64_t low, int64_t high) const;
  Result<double> number(const Yaml& node, std::string_view what) const;  // not negative
  Result<double> share(const Yaml& node, std::string_view what) const;   // "2%" or 0.02, in [0, 1]
  Result<size_t> bytes(const Yaml& node, std::string_view what) const;   // "32MiB"
  Result<size_t> choice(const Yaml& node, std::string_view what, std::span<const std::string_view> choices) const;

  Result<expr::Expression> expression(const Yaml& node, const expr::Environment& environment, std::string_view what);
  Result<expr::Expression> condition(const Yaml& node, const expr::Environment& environment, std::string_view what);
  // A text with {expressions} in it, quoted or not.
  Result<expr::Template> text_template(const Yaml& node, const expr::Environment& environment, std::string_view what,
                                       expr::Template::Guard guard, bool secrets);
  // A tree: plain scalars are expressions, quoted ones are texts.
  Result<expr::Template> tree(const Yaml& node, const expr::Environment& environment);

  Result<table::Table> table(const Yaml& node, const expr::Environment& environment);

  std::string joined(const std::string& relative) const;  // to the flow's folder
  const std::string& file() const { return file_; }
  const std::string& folder() const { return folder_; }
  const std::set<std::string>& reads() const { return reads_; }          // paths that any expression reads
  const std::set<std::string>& variables() const { return variables_; }  // NAMEs of ${NAME}
  const std::vector<std::string>& tables() const { return tables_; }
  const std::vector<std::string>& table_digests() const { return table_digests_; }  // "NAME\0SHA-256"
  std::vector<Warning>& warnings() { return warnings_; }

 private:
  // An error in a text that stands at `node`: put at its column where the text is written as it is.
  std::unexpected<Error> inside(const Yaml& node, Error error, std::string_view what) const;
  void note(const expr::Template& made);

  Files& files_;
  std::string file_, folder_;
  std::set<std::string> reads_, variables_;
  std::vector<std::string> tables_, table_digests_;
  std::vector<Warning> warnings_;
};

}  // namespace fovea::file
