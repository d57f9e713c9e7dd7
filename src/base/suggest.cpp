#include "base/suggest.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace fovea {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

std::string suggest(std::string_view given, std::span<const std::string_view> candidates) {
  constexpr size_t kGivenMax = 64, kListedMax = 12;
  std::string_view best;
  size_t best_distance = SIZE_MAX;
  if (given.size() <= kGivenMax) {
    for (std::string_view each : candidates) {
      size_t distance = edit_distance(given, each);
      if (distance < best_distance) best = each, best_distance = distance;
    }
  }
  if (best_distance <= std::max<size_t>(1, best.size() / 3)) return fmt::format("did you mean '{}'?", best);
  std::string list = "one of: ";
  for (size_t i = 0; i < std::min(candidates.size(), kListedMax); ++i)
    list += (i ? ", " : "") + std::string(candidates[i]);
  return candidates.size() > kListedMax ? list + ", ..." : list;
}

}  // namespace fovea
