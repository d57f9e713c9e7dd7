#include "door/access/caller.h"

#include <algorithm>

namespace fovea::access {

bool fits(std::string_view pattern, std::string_view name) {
  size_t p = 0, n = 0, star = std::string_view::npos, after = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p, ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++after;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool Caller::may_use(std::string_view model) const {
  return models == nullptr || std::ranges::any_of(*models, [&](const auto& pattern) { return fits(pattern, model); });
}

}  // namespace fovea::access
