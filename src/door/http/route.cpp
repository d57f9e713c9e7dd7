#include "door/http/route.h"

#include <algorithm>
#include <optional>

namespace fovea::http {
namespace {

std::string_view take_segment(std::string_view& path) {
  const size_t end = std::min(path.find('/', 1), path.size());
  const std::string_view segment = path.substr(1, end - 1);
  path.remove_prefix(end);
  return segment;
}

// nullopt: does not fit. A segment of a pattern is a word, {} or {} with an ending (":predict").
std::optional<std::vector<std::string>> names_in(std::string_view pattern, std::string_view path) {
  std::vector<std::string> names;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view want = take_segment(pattern);
    std::string_view given = take_segment(path);
    if (!want.starts_with("{}")) {
      if (want != given) return std::nullopt;
      continue;
    }
    const std::string_view ending = want.substr(2);
    if (!given.ends_with(ending) || given.size() == ending.size()) return std::nullopt;
    given.remove_suffix(ending.size());
    names.emplace_back(given);
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return names;
}

}  // namespace

Match match(std::span<const Route> routes, std::string_view method, std::string_view path) {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (method == "HEAD") method = "GET";
  Match out;
  if (!path.starts_with('/')) return out;
  for (const Route& route : routes) {
    auto names = names_in(route.pattern, path);
    if (!names) continue;
    if (out.allow.empty()) out.refuse = route.refuse;
    if (route.method == method) {
      out.route = &route;
      out.names = std::move(*names);
      out.refuse = route.refuse;
      return out;
    }
    if (out.allow.find(route.method) == std::string::npos) out.allow += (out.allow.empty() ? "" : ", ") + route.method;
  }
  return out;
}

}  // namespace fovea::http
