#include "base/time_text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

namespace fovea {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kSecondsPerDay = 86'400;

Error bad_time(std::string_view text) {
  return {Code::kInvalidArgument, fmt::format("'{}' is not a time", text), "", "write it as 2026-09-01T08:00:00Z"};
}

// Reads exactly `digits` decimal digits at `at`; -1 where they are missing.
int read_digits(std::string_view text, size_t at, size_t digits) {
  if (at + digits > text.size()) return -1;
  int value = 0;
  for (size_t i = at; i < at + digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

unsigned days_in_month(int64_t year, unsigned month) {
  constexpr std::array<unsigned, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

struct Unit {
  std::string_view name;
  int64_t ns;
};
constexpr std::array<Unit, 7> kUnits = {{{"d", kSecondsPerDay* kNanosPerSecond},
                                         {"h", 3600 * kNanosPerSecond},
                                         {"m", 60 * kNanosPerSecond},
                                         {"s", kNanosPerSecond},
                                         {"ms", 1'000'000},
                                         {"us", 1'000},
                                         {"ns", 1}}};

}  // namespace

int64_t days_from_civil(int64_t year, unsigned month, unsigned day) {
  year -= month <= 2;
  int64_t era = (year >= 0 ? year : year - 399) / 400;
  auto yoe = static_cast<unsigned>(year - era * 400);
  unsigned doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + static_cast<int64_t>(doe) - 719468;
}

CivilDate civil_from_days(int64_t days) {
  days += 719468;
  int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  auto doe = static_cast<unsigned>(days - era * 146097);
  unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  unsigned mp = (5 * doy + 2) / 153;
  unsigned month = mp < 10 ? mp + 3 : mp - 9;
  return {static_cast<int64_t>(yoe) + era * 400 + (month <= 2), month, doy - (153 * mp + 2) / 5 + 1};
}

Result<TimePoint> parse_rfc3339(std::string_view text) {
  int year = read_digits(text, 0, 4), month = read_digits(text, 5, 2), day = read_digits(text, 8, 2);
  int hour = read_digits(text, 11, 2), minute = read_digits(text, 14, 2), second = read_digits(text, 17, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 60 || text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':' ||
      (text[10] != 'T' && text[10] != 't' && text[10] != ' ') ||
      static_cast<unsigned>(day) > days_in_month(year, static_cast<unsigned>(month))) {
    return std::unexpected(bad_time(text));
  }
  size_t at = 19;
  int64_t fraction = 0;
  if (at < text.size() && text[at] == '.') {
    int64_t scale = kNanosPerSecond / 10;
    size_t first = ++at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10)
      fraction += (text[at] - '0') * scale;
    if (at == first) return std::unexpected(bad_time(text));
  }
  int64_t offset_s = 0;
  if (at < text.size() && (text[at] == 'Z' || text[at] == 'z')) {
    ++at;
  } else if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
    int oh = read_digits(text, at + 1, 2), om = read_digits(text, at + 4, 2);
    if (oh < 0 || oh > 23 || om < 0 || om > 59 || text[at + 3] != ':') return std::unexpected(bad_time(text));
    offset_s = (text[at] == '-' ? -1 : 1) * (oh * 3600 + om * 60);
    at += 6;
  } else {
    return std::unexpected(bad_time(text));
  }
  if (at != text.size()) return std::unexpected(bad_time(text));
  int64_t seconds = days_from_civil(year, static_cast<unsigned>(month), static_cast<unsigned>(day)) * kSecondsPerDay +
                    hour * 3600 + minute * 60 + second - offset_s;
  int64_t limit = std::numeric_limits<int64_t>::max() / kNanosPerSecond - 1;
  if (seconds > limit || seconds < -limit) {
    return fail(Code::kOutOfRange, fmt::format("the time '{}' lies outside the years 1678 to 2262", text));
  }
  return TimePoint{seconds * kNanosPerSecond + fraction};
}

std::string format_rfc3339(TimePoint time) {
  int64_t seconds = time.ns / kNanosPerSecond, fraction = time.ns % kNanosPerSecond;
  if (fraction < 0) fraction += kNanosPerSecond, --seconds;
  int64_t days = seconds / kSecondsPerDay, rest = seconds % kSecondsPerDay;
  if (rest < 0) rest += kSecondsPerDay, --days;
  CivilDate date = civil_from_days(days);
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", date.year, date.month, date.day, rest / 3600,
                                 rest / 60 % 60, rest % 60);
  if (fraction % 1'000'000 == 0 && fraction) {
    text += fmt::format(".{:03}", fraction / 1'000'000);
  } else if (fraction % 1'000 == 0 && fraction) {
    text += fmt::format(".{:06}", fraction / 1'000);
  } else if (fraction) {
    text += fmt::format(".{:09}", fraction);
  }
  return text + "Z";
}

Result<Nanos> parse_duration(std::string_view text) {
  auto bad = [&](std::string_view why) {
    return fail(Code::kInvalidArgument, fmt::format("'{}' is not a duration: {}", text, why), "",
                "write a number with a unit: 200ms, 30s, 5m, 1h30m, 7d");
  };
  int64_t total = 0, last_unit = std::numeric_limits<int64_t>::max();
  size_t at = 0;
  if (text.empty()) return bad("it is empty");
  while (at < text.size()) {
    int64_t count = 0;
    auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), count);
    if (error != std::errc{} || count < 0) return bad("a number is expected");
    at = static_cast<size_t>(end - text.data());
    size_t unit_end = at;
    while (unit_end < text.size() && text[unit_end] >= 'a' && text[unit_end] <= 'z') ++unit_end;
    std::string_view name = text.substr(at, unit_end - at);
    at = unit_end;
    if (name.empty()) return bad("the unit is missing");
    const Unit* unit = nullptr;
    for (const Unit& each : kUnits) {
      if (each.name == name) unit = &each;
    }
    if (unit == nullptr) return bad(fmt::format("'{}' is not a unit", name));
    if (unit->ns >= last_unit) return bad("the units must go from large to small");
    last_unit = unit->ns;
    if (count > (std::numeric_limits<int64_t>::max() - total) / unit->ns) return bad("it is too long");
    total += count * unit->ns;
  }
  return Nanos(total);
}

std::string format_duration(Nanos duration) {
  int64_t rest = duration.count();
  if (rest == 0) return "0s";
  std::string text = rest < 0 ? "-" : "";
  auto left = rest < 0 ? -static_cast<uint64_t>(rest) : static_cast<uint64_t>(rest);
  for (const Unit& unit : kUnits) {
    uint64_t count = left / static_cast<uint64_t>(unit.ns);
    if (count != 0) text += fmt::format("{}{}", count, unit.name);
    left %= static_cast<uint64_t>(unit.ns);
  }
  return text;
}

}  // namespace fovea
