#include "flow/file/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/check.h"
#include "base/digest.h"
#include "base/suggest.h"
#include "base/time_text.h"
#include "flow/file/limits.h"

namespace fovea::file {

Reader::Reader(Files& files, std::string path) : files_(files), file_(std::move(path)) {
  folder_ = std::filesystem::path(file_).parent_path().string();
}

std::string Reader::joined(const std::string& relative) const {
  std::filesystem::path path(relative);
  if (path.is_absolute() || folder_.empty()) return path.lexically_normal().string();
  return (std::filesystem::path(folder_) / path).lexically_normal().string();
}

std::unexpected<Error> Reader::bad(Place place, std::string message, std::string hint, Code code) const {
  return fail(code, std::move(message), where_of(file_, place), std::move(hint));
}

Result<void> Reader::check_keys(const Yaml& node, const Shape& shape) const {
  if (node.kind != Yaml::Kind::kMap) {
    return bad(node.place, fmt::format("expected a mapping ({}), found {}", shape.name, kind_word(node)));
  }
  std::vector<std::string_view> names, kinds;
  for (const Key& each : shape.keys) {
    names.push_back(each.name);
    if (each.kind) kinds.push_back(each.name);
  }
  size_t kinds_found = 0;
  for (size_t i = 0; i < node.members.size(); ++i) {
    const std::string& name = node.members[i].key;
    if (const Key* key = shape.find(name)) {
      if (key->kind && ++kinds_found > 1) {
        return bad(node.key_places[i], fmt::format("'{}' beside another of its kind", name),
                   fmt::format("exactly one of: {}", fmt::join(kinds, ", ")));
      }
      continue;
    }
    for (const LaterKey& later : shape.later) {
      if (later.name == name) {
        return bad(node.key_places[i], fmt::format("'{}': {}", name, later.message), {}, Code::kUnimplemented);
      }
    }
    return bad(node.key_places[i], fmt::format("unknown key '{}' in {}", name, shape.name), suggest(name, names));
  }
  for (const Key& each : shape.keys) {
    if (each.required && !node.find(each.name)) {
      return bad(node.place, fmt::format("{} without '{}'", shape.name, each.name), std::string(each.about));
    }
  }
  if (!kinds.empty() && kinds_found == 0) {
    return bad(node.place, fmt::format("{} does not say what it is", shape.name),
               fmt::format("exactly one of: {}", fmt::join(kinds, ", ")));
  }
  return {};
}

const Yaml::Member& Reader::kind_of(const Yaml& node, const Shape& shape) {
  for (const auto& member : node.members) {
    if (const Key* key = shape.find(member.key); key && key->kind) return member;
  }
  FOVEA_CHECK(false);
}

Result<std::string> Reader::text(const Yaml& node, std::string_view what) const {
  if (node.kind != Yaml::Kind::kScalar || node.text.empty()) {
    return bad(node.place, fmt::format("'{}' is a text, not {}", what, kind_word(node)));
  }
  return node.text;
}

Result<std::string> Reader::name(const Yaml& node, std::string_view what) const {
  FOVEA_TRY(std::string out, text(node, what));
  bool plain =
      out.size() <= 64 && std::ranges::all_of(out, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
      });
  if (!plain)
    return bad(node.place, fmt::format("'{}' is no name for '{}'", out, what), "letters, digits, - and _; at most 64");
  return out;
}

Result<Nanos> Reader::duration(const Yaml& node, std::string_view what) const {
  FOVEA_TRY(std::string out, text(node, what));
  auto parsed = parse_duration(out);
  if (!parsed)
    return bad(node.place, fmt::format("'{}': {}", what, parsed.error().message),
               "with a unit, as in 200ms, 10m, 24h, 7d");
  if (parsed->count() <= 0) return bad(node.place, fmt::format("'{}' must be above zero", what));
  return *parsed;
}

Result<std::optional<Nanos>> Reader::duration_or_forever(const Yaml& node, std::string_view what) const {
  if (node.kind == Yaml::Kind::kScalar && node.text == "forever") return std::nullopt;
  FOVEA_TRY(Nanos out, duration(node, what));
  return out;
}

Result<int64_t> Reader::whole(const Yaml& node, std::string_view what, int64_t low, int64_t high) const {
  FOVEA_TRY(std::string out, text(node, what));
  int64_t value = 0;
  auto [end, error] = std::from_chars(out.data(), out.data() + out.size(), value);
  if (error != std::errc() || end != out.data() + out.size() || value < low || value > high) {
    return bad(node.place, fmt::format("'{}' is a whole number from {} to {}, not '{}'", what, low, high, out));
  }
  return value;
}

Result<double> Reader::number(const Yaml& node, std::string_view what) const {
  FOVEA_TRY(std::string out, text(node, what));
  double value = 0;
  auto [end, error] = std::from_chars(out.data(), out.data() + out.size(), value);
  if (error != std::errc() || end != out.data() + out.size() || !(value >= 0 && value < 1e15)) {
    return bad(node.place, fmt::format("'{}' is a number from 0, not '{}'", what, out));
  }
  return value;
}

Result<double> Reader::share(const Yaml& node, std::string_view what) const {
  FOVEA_TRY(std::string out, text(node, what));
  bool percent = out.ends_with('%');
  std::string_view digits = percent ? std::string_view(out).substr(0, out.size() - 1) : std::string_view(out);
  double value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (percent) value /= 100;
  if (error != std::errc() || end != digits.data() + digits.size() || !(value >= 0 && value <= 1)) {
    return bad(node.place, fmt::format("'{}' is a share, as in 2% or 0.02, not '{}'", what, out));
  }
  return value;
}

Result<size_t> Reader::bytes(const Yaml& node, std::string_view what) const {
  FOVEA_TRY(std::string out, text(node, what));
  constexpr std::pair<std::string_view, size_t> kUnits[] = {{"KiB", 1u << 10}, {"MiB", 1u << 20}, {"GiB", 1u << 30},
                                                            {"kB", 1'000},     {"MB", 1'000'000}, {"GB", 1'000'000'000},
                                                            {"B", 1}};
  for (const auto& [unit, factor] : kUnits) {
    if (!out.ends_with(unit)) continue;
    uint32_t count = 0;
    auto [end, error] = std::from_chars(out.data(), out.data() + out.size(), count);
    if (error == std::errc() && end == out.data() + out.size() - unit.size() && count > 0) return count * factor;
    break;
  }
  return bad(node.place, fmt::format("'{}' is a size, not '{}'", what, out), "with a unit, as in 64KiB or 32MiB");
}

Result<size_t> Reader::choice(const Yaml& node, std::string_view what,
                              std::span<const std::string_view> choices) const {
  FOVEA_TRY(std::string out, text(node, what));
  auto found = std::ranges::find(choices, out);
  if (found == choices.end())
    return bad(node.place, fmt::format("'{}' may not be '{}'", what, out), suggest(out, choices));
  return static_cast<size_t>(found - choices.begin());
}

std::unexpected<Error> Reader::inside(const Yaml& node, Error error, std::string_view what) const {
  Place place = node.place;
  std::string_view where = error.where;
  int column = 0;
  if (where.starts_with("column ")) {
    std::from_chars(where.data() + 7, where.data() + where.size(), column);
    if (node.plain) place.column += column - 1;
  }
  error.message = fmt::format("'{}': {}", what, error.message);
  if (!where.empty() && !(node.plain && column > 0)) error.message += fmt::format(", at {} of the text", where);
  error.where = where_of(file_, place);
  return std::unexpected(std::move(error));
}

Result<expr::Expression> Reader::expression(const Yaml& node, const expr::Environment& environment,
                                            std::string_view what) {
  FOVEA_TRY(std::string source, text(node, what));
  auto compiled = expr::Expression::compile(source, environment);
  if (!compiled) return inside(node, std::move(compiled).error(), what);
  reads_.insert(compiled->inputs().begin(), compiled->inputs().end());
  return std::move(*compiled);
}

Result<expr::Expression> Reader::condition(const Yaml& node, const expr::Environment& environment,
                                           std::string_view what) {
  FOVEA_TRY(expr::Expression out, expression(node, environment, what));
  if (!expr::assignable(out.type(), expr::Kind::kBool)) {
    return bad(node.place,
               fmt::format("'{}' is a condition, but \"{}\" gives a {}", what, out.text(), out.type().text()));
  }
  return out;
}

void Reader::note(const expr::Template& made) {
  for (std::string& each : made.inputs()) reads_.insert(std::move(each));
  for (std::string& each : made.variables()) variables_.insert(std::move(each));
}

Result<expr::Template> Reader::text_template(const Yaml& node, const expr::Environment& environment,
                                             std::string_view what, expr::Template::Guard guard, bool secrets) {
  FOVEA_TRY(std::string source, text(node, what));
  auto made = expr::Template::text(source, environment, guard, secrets);
  if (!made) {
    Yaml unplaced = node;  // the column counts within a {part}
    unplaced.plain = false;
    return inside(unplaced, std::move(made).error(), what);
  }
  note(*made);
  return std::move(*made);
}

Result<expr::Template> Reader::tree(const Yaml& node, const expr::Environment& environment) {
  if (node.kind == Yaml::Kind::kList) {
    std::vector<expr::Template> elements;
    for (const Yaml& each : node.items) {
      FOVEA_TRY(expr::Template element, tree(each, environment));
      elements.push_back(std::move(element));
    }
    return expr::Template::array(std::move(elements));
  }
  if (node.kind == Yaml::Kind::kMap) {
    std::vector<std::pair<std::string, expr::Template>> members;
    for (const auto& [key, value] : node.members) {
      FOVEA_TRY(expr::Template member, tree(value, environment));
      members.emplace_back(key, std::move(member));
    }
    return expr::Template::object(std::move(members));
  }
  if (node.is_null()) return expr::Template::literal(nullptr);
  if (!node.plain) {
    if (node.text.empty()) return expr::Template::literal("");
    return text_template(node, environment, "body", expr::Template::Guard::kNone, false);
  }
  FOVEA_TRY(expr::Expression made, expression(node, environment, "body"));
  return expr::Template::of(std::move(made));
}

Result<table::Table> Reader::table(const Yaml& node, const expr::Environment& environment) {
  const Yaml* path_node = &node;
  auto policy = table::HitPolicy::kFirst;
  if (node.kind == Yaml::Kind::kMap) {
    FOVEA_OK(check_keys(node, shape("table")));
    path_node = node.find("table");
    if (const Yaml* hit = node.find("hit")) {
      FOVEA_TRY(size_t at, choice(*hit, "hit", shape("table").find("hit")->choices));
      policy = static_cast<table::HitPolicy>(at);
    }
  }
  FOVEA_TRY(std::string written, text(*path_node, "table"));
  std::string path = joined(written);
  auto content = files_.read(path, 0, kTableBytesMax + 1);
  if (!content) {
    Error error = std::move(content).error();
    error.message = fmt::format("table {}: {}", path, error.message);
    error.where = where_of(file_, path_node->place);
    return std::unexpected(std::move(error));
  }
  if (content->size() > kTableBytesMax) {
    return bad(path_node->place, fmt::format("table {} has over {} bytes", path, kTableBytesMax), {},
               Code::kResourceExhausted);
  }
  FOVEA_TRY(table::Table out, table::Table::parse(written, *content, environment, policy));
  for (const std::string& each : out.reads()) reads_.insert(each);
  for (const table::Warning& each : out.warnings()) {
    warnings_.push_back({fmt::format("{}:{}", written, each.line), each.message});
  }
  tables_.push_back(path);
  table_digests_.push_back(written + '\0' + std::string(bytes_of(sha256(*content))));
  return out;
}

}  // namespace fovea::file
