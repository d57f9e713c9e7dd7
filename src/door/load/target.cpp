#include "door/load/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace fovea::load {
namespace {

constexpr std::string_view kExample = "http://127.0.0.1:8080";

std::unexpected<Error> bad(std::string_view url, std::string message) {
  return fail(Code::kInvalidArgument, fmt::format("'{}': {}", url, message), "--url", std::string(kExample));
}

// What may stand in a request line and a Host header: nothing that could end them.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
}

}  // namespace

std::string Target::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (tls ? 443 : 80) ? name : fmt::format("{}:{}", name, port);
}

Result<Target> parse_target(std::string_view url) {
  Target target;
  std::string_view rest = url;
  if (rest.starts_with("https://")) {
    target.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return bad(url, "no http:// or https:// address");
  }
  if (!is_plain(rest)) return bad(url, "blanks and characters beyond ASCII have no place in it");
  if (rest.find_first_of("?#@") != std::string_view::npos) return bad(url, "a host, a port and a path at most");
  const size_t slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  std::string_view path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
  while (path.ends_with('/')) path.remove_suffix(1);
  target.prefix = path;
  std::string_view port;
  if (authority.starts_with('[')) {
    const size_t end = authority.find(']');
    if (end == std::string_view::npos) return bad(url, "the bracket does not close");
    target.host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
    if (!port.empty() && !port.starts_with(':')) return bad(url, "a port follows ']' behind a colon");
  } else {
    const size_t colon = authority.find(':');
    target.host = authority.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view() : authority.substr(colon);
  }
  if (target.host.empty()) return bad(url, "the host is missing");
  target.port = target.tls ? 443 : 80;
  if (!port.empty()) {
    port.remove_prefix(1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), target.port);
    if (error != std::errc{} || end != port.data() + port.size() || target.port == 0)
      return bad(url, fmt::format("'{}' is no port", port));
  }
  return target;
}

}  // namespace fovea::load
