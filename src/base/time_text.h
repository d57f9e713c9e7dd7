// Times and durations as text: RFC 3339 ("2026-09-01T08:00:00.5+08:00") and durations with a unit ("200ms", "1h30m",
// "7d"). Errors: kInvalidArgument for a malformed text, kOutOfRange for a time that int64 nanoseconds cannot hold.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"

namespace fovea {

Result<TimePoint> parse_rfc3339(std::string_view text);
std::string format_rfc3339(TimePoint time);  // UTC, "Z", as many fraction digits as needed (0, 3, 6 or 9)

// Units: ns, us, ms, s, m, h, d. Several parts may follow one another, largest first. A bare number is refused.
Result<Nanos> parse_duration(std::string_view text);
std::string format_duration(Nanos duration);  // "1h30m", "200ms", "0s"

// Days since 1970-01-01 of a civil date (Howard Hinnant, chrono-compatible low-level date algorithms).
int64_t days_from_civil(int64_t year, unsigned month, unsigned day);
struct CivilDate {
  int64_t year;
  unsigned month, day;
};
CivilDate civil_from_days(int64_t days);

}  // namespace fovea
