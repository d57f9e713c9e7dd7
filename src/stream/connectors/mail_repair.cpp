#include "stream/connectors/mail_repair.h"

#include <fmt/format.h>

#include <algorithm>

namespace fovea::connectors {
namespace {

// The next line of `rest`, without its end; moves past it.
std::string_view take_line(std::string_view& rest) {
  size_t end = std::min(rest.find('\n'), rest.size());
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view body_of(std::string_view bytes) {
  while (!bytes.empty() && !take_line(bytes).empty()) {
  }
  return bytes;
}

}  // namespace

std::string repaired_message(std::string_view bytes, std::string_view subtype) {
  std::string_view body = body_of(bytes);
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return {};
  bool alternative = subtype.ends_with("lternative");
  for (std::string_view rest = body; !rest.empty();) {
    std::string_view line = take_line(rest), after = rest, next = take_line(after);
    bool part = next.starts_with("Content-") || next.starts_with("content-");
    if (!line.starts_with("--") || line.size() < 4 || line.size() > 72 || !part) continue;
    if (line.find('"') != std::string_view::npos) continue;
    return fmt::format("Content-Type: multipart/{}; boundary=\"{}\"\n\n{}", alternative ? "alternative" : "mixed",
                       line.substr(2), body);
  }
  return fmt::format("Content-Type: text/plain\n\n{}", body);
}

}  // namespace fovea::connectors
