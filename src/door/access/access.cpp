#include "door/access/access.h"

#include <algorithm>

namespace fovea::access {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

bool starts_with_scheme(std::string_view text, std::string_view scheme) {
  return text.size() > scheme.size() && text[scheme.size()] == ' ' &&
         std::ranges::equal(text.substr(0, scheme.size()), scheme,
                            [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

}  // namespace

std::string_view key_of(std::string_view authorization, std::string_view x_api_key) {
  constexpr std::string_view kBearer = "bearer";
  authorization = trimmed(authorization);
  if (starts_with_scheme(authorization, kBearer)) return trimmed(authorization.substr(kBearer.size()));
  return trimmed(x_api_key);
}

}  // namespace fovea::access
