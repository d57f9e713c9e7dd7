// Timestamps and durations of expressions: text, arithmetic, calendar fields. As CEL defines them: years 1 to 9999.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "decide/expr/value.h"

namespace fovea::expr {

constexpr int64_t kTimestampMin = -62'135'596'800;  // 0001-01-01T00:00:00Z
constexpr int64_t kTimestampMax = 253'402'300'799;  // 9999-12-31T23:59:59Z
constexpr int64_t kDurationMax = 315'576'000'000;   // 10,000 years of 365.25 days

std::string timestamp_text(Seconds at);     // RFC 3339, UTC, fraction of 0, 3, 6 or 9 digits
std::string duration_text(Seconds length);  // "1.5s"

enum class TimeProblem { kNone, kSyntax, kRange };
struct TimeRead {
  Seconds value;
  TimeProblem problem = TimeProblem::kNone;
};
TimeRead read_timestamp(std::string_view text);
TimeRead read_duration(std::string_view text);  // "1h30m", "-1.5s", "7d"; units d, h, m, s, ms, us, ns

Seconds normalized(int64_t seconds, int64_t nanos);
Seconds plus(Seconds a, Seconds b);
Seconds minus(Seconds a, Seconds b);
inline bool timestamp_in_range(Seconds at) {
  return at.seconds >= kTimestampMin && at.seconds <= kTimestampMax;
}
// CEL's implementations hold a duration in int64 nanoseconds for differences of timestamps: about 292 years.
inline bool duration_in_range(Seconds d) {
  return d.seconds > -kDurationMax && d.seconds < kDurationMax;
}
bool fits_nanoseconds(Seconds length);

// Seconds east of UTC of "UTC", "Z", "+08:00", "-02:30", "02:00". Named zones are not known: their rules change.
std::optional<int64_t> zone_offset(std::string_view zone);

// Calendar fields, in CEL's counting: month, day of month and day of year from 0 (day() is from 1), Sunday is 0.
enum class Field {
  kYear,
  kMonth,
  kDayOfMonth,
  kDate,
  kDayOfWeek,
  kDayOfYear,
  kHours,
  kMinutes,
  kSeconds,
  kMilliseconds
};
int64_t calendar_field(Seconds at, int64_t offset_seconds, Field field);
int64_t duration_field(Seconds length,
                       Field field);  // kHours .. kMilliseconds: whole units, milliseconds within a second

}  // namespace fovea::expr
