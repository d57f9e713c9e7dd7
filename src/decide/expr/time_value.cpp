#include "decide/expr/time_value.h"

#include <fmt/format.h>

#include <cmath>

#include "base/time_text.h"

namespace fovea::expr {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000, kSecondsPerDay = 86'400;

bool digit(char c) {
  return c >= '0' && c <= '9';
}

// `count` digits at `at`, which moves past them; -1 where they are not there.
int64_t digits(std::string_view text, size_t& at, size_t count) {
  if (at + count > text.size()) return -1;
  int64_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!digit(text[at + i])) return -1;
    value = value * 10 + (text[at + i] - '0');
  }
  at += count;
  return value;
}

bool eat(std::string_view text, size_t& at, char c) {
  if (at >= text.size() || text[at] != c) return false;
  ++at;
  return true;
}

int64_t floor_div(int64_t a, int64_t b) {
  return a / b - ((a % b != 0) && ((a < 0) != (b < 0)));
}

std::string fraction(int32_t nanos) {
  if (nanos == 0) return "";
  if (nanos % 1'000'000 == 0) return fmt::format(".{:03}", nanos / 1'000'000);
  if (nanos % 1'000 == 0) return fmt::format(".{:06}", nanos / 1'000);
  return fmt::format(".{:09}", nanos);
}

int64_t days_of_month(int64_t year, int64_t month) {
  constexpr int64_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[month - 1];
}

}  // namespace

Seconds normalized(int64_t seconds, int64_t nanos) {
  int64_t carry = floor_div(nanos, kNanosPerSecond);
  return {seconds + carry, static_cast<int32_t>(nanos - carry * kNanosPerSecond)};
}
Seconds plus(Seconds a, Seconds b) {
  return normalized(a.seconds + b.seconds, int64_t{a.nanos} + b.nanos);
}
Seconds minus(Seconds a, Seconds b) {
  return normalized(a.seconds - b.seconds, int64_t{a.nanos} - b.nanos);
}

bool fits_nanoseconds(Seconds length) {
  return length.seconds >= -INT64_MAX / kNanosPerSecond && length.seconds < INT64_MAX / kNanosPerSecond;
}

std::string timestamp_text(Seconds at) {
  int64_t days = floor_div(at.seconds, kSecondsPerDay), rest = at.seconds - days * kSecondsPerDay;
  CivilDate date = civil_from_days(days);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", date.year, date.month, date.day, rest / 3600,
                     rest / 60 % 60, rest % 60, fraction(at.nanos));
}

std::string duration_text(Seconds length) {
  if (length.seconds >= 0 || length.nanos == 0) return fmt::format("{}{}s", length.seconds, fraction(length.nanos));
  // Stored as floor and a positive fraction; written with the sign in front.
  return fmt::format("-{}{}s", -(length.seconds + 1), fraction(static_cast<int32_t>(kNanosPerSecond - length.nanos)));
}

TimeRead read_timestamp(std::string_view text) {
  TimeRead bad{{}, TimeProblem::kSyntax};
  size_t at = 0;
  size_t year_digits = 0;
  while (year_digits < text.size() && year_digits < 9 && digit(text[year_digits])) ++year_digits;
  if (year_digits < 4) return bad;
  int64_t year = digits(text, at, year_digits);
  if (!eat(text, at, '-')) return bad;
  int64_t month = digits(text, at, 2);
  if (!eat(text, at, '-')) return bad;
  int64_t day = digits(text, at, 2);
  if (!eat(text, at, 'T') && !eat(text, at, 't')) return bad;
  int64_t hour = digits(text, at, 2);
  if (!eat(text, at, ':')) return bad;
  int64_t minute = digits(text, at, 2);
  if (!eat(text, at, ':')) return bad;
  int64_t second = digits(text, at, 2);
  if (month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 59) {
    return bad;
  }
  if (year_digits > 4 || year < 1) return {{}, TimeProblem::kRange};
  if (day > days_of_month(year, month)) return bad;
  int64_t nanos = 0;
  if (eat(text, at, '.')) {
    size_t start = at;
    int64_t scale = kNanosPerSecond / 10;
    for (; at < text.size() && digit(text[at]); ++at, scale /= 10) nanos += (text[at] - '0') * scale;
    if (at == start || at - start > 9) return bad;
  }
  int64_t offset = 0;
  if (!eat(text, at, 'Z') && !eat(text, at, 'z')) {
    auto zone = at < text.size() && (text[at] == '+' || text[at] == '-') ? zone_offset(text.substr(at)) : std::nullopt;
    if (!zone) return bad;
    offset = *zone;
    at = text.size();
  }
  if (at != text.size()) return bad;
  int64_t days = days_from_civil(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
  Seconds value{days * kSecondsPerDay + hour * 3600 + minute * 60 + second - offset, static_cast<int32_t>(nanos)};
  return {value, timestamp_in_range(value) ? TimeProblem::kNone : TimeProblem::kRange};
}

TimeRead read_duration(std::string_view text) {
  TimeRead bad{{}, TimeProblem::kSyntax};
  struct Unit {
    std::string_view name;
    int64_t nanos;
  };
  constexpr Unit kUnits[] = {{"ns", 1},
                             {"us", 1'000},
                             {"ms", 1'000'000},
                             {"s", kNanosPerSecond},
                             {"m", 60'000'000'000},
                             {"h", 3'600'000'000'000},
                             {"d", 86'400'000'000'000}};
  size_t at = 0;
  bool negative = eat(text, at, '-');
  if (!negative) eat(text, at, '+');
  if (text.substr(at) == "0") return {};
  if (at == text.size()) return bad;
  __int128 total = 0;
  while (at < text.size()) {
    __int128 whole = 0, part = 0, scale = 1;
    size_t start = at;
    for (; at < text.size() && digit(text[at]); ++at) {
      if (at - start > 18) return {{}, TimeProblem::kRange};
      whole = whole * 10 + (text[at] - '0');
    }
    size_t seen = at - start;
    if (eat(text, at, '.')) {
      size_t from = at;
      for (; at < text.size() && digit(text[at]); ++at) {
        if (at - from < 9) part = part * 10 + (text[at] - '0'), scale *= 10;
      }
      seen += at - from;
    }
    size_t name_at = at;
    while (at < text.size() && !digit(text[at]) && text[at] != '.') ++at;
    const Unit* unit = nullptr;
    for (const Unit& each : kUnits) {
      if (each.name == text.substr(name_at, at - name_at)) unit = &each;
    }
    if (seen == 0 || unit == nullptr) return bad;
    total += whole * unit->nanos + part * unit->nanos / scale;
    if (total / kNanosPerSecond >= kDurationMax) return {{}, TimeProblem::kRange};
  }
  if (negative) total = -total;
  auto seconds = static_cast<int64_t>(total / kNanosPerSecond);
  return {normalized(seconds, static_cast<int64_t>(total % kNanosPerSecond))};
}

std::optional<int64_t> zone_offset(std::string_view zone) {
  if (zone == "UTC" || zone == "Z" || zone == "GMT") return 0;
  size_t at = 0;
  bool negative = eat(zone, at, '-');
  if (!negative) eat(zone, at, '+');
  int64_t hours = digits(zone, at, 2);
  if (!eat(zone, at, ':')) return std::nullopt;
  int64_t minutes = digits(zone, at, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || at != zone.size()) return std::nullopt;
  int64_t offset = hours * 3600 + minutes * 60;
  return negative ? -offset : offset;
}

int64_t calendar_field(Seconds at, int64_t offset_seconds, Field field) {
  int64_t local = at.seconds + offset_seconds;
  int64_t days = floor_div(local, kSecondsPerDay), rest = local - days * kSecondsPerDay;
  CivilDate date = civil_from_days(days);
  switch (field) {
    case Field::kYear:
      return date.year;
    case Field::kMonth:
      return date.month - 1;
    case Field::kDayOfMonth:
      return date.day - 1;
    case Field::kDate:
      return date.day;
    case Field::kDayOfWeek:
      return ((days + 4) % 7 + 7) % 7;  // 1970-01-01 was a Thursday
    case Field::kDayOfYear:
      return days - days_from_civil(date.year, 1, 1);
    case Field::kHours:
      return rest / 3600;
    case Field::kMinutes:
      return rest / 60 % 60;
    case Field::kSeconds:
      return rest % 60;
    case Field::kMilliseconds:
      return at.nanos / 1'000'000;
  }
  return 0;
}

int64_t duration_field(Seconds length, Field field) {
  int64_t seconds = length.seconds, nanos = length.nanos;
  if (seconds < 0 && nanos > 0) ++seconds, nanos -= kNanosPerSecond;  // toward zero
  switch (field) {
    case Field::kHours:
      return seconds / 3600;
    case Field::kMinutes:
      return seconds / 60;
    case Field::kMilliseconds:
      return nanos / 1'000'000;
    default:
      return seconds;
  }
}

}  // namespace fovea::expr
