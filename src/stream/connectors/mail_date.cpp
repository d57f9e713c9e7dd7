#include "stream/connectors/mail_date.h"

#include <gmime/gmime.h>

#include "base/time_text.h"
#include "stream/connectors/limits.h"

namespace fovea::connectors {
namespace {

const TimePoint kEarliest{days_from_civil(1990, 1, 1) * 86'400 * 1'000'000'000};

}  // namespace

std::optional<TimePoint> parse_mail_date(std::string_view text) {
  constexpr size_t kDateBytesMax = 200;
  std::string copy(text.substr(0, kDateBytesMax));
  if (auto exact = parse_rfc3339(copy)) return *exact;
  GDateTime* date = g_mime_utils_header_decode_date(copy.c_str());
  if (date == nullptr) return std::nullopt;
  int64_t seconds = g_date_time_to_unix(date);
  g_date_time_unref(date);
  constexpr int64_t kSecondsMax = INT64_MAX / 1'000'000'000 - 1;
  if (seconds > kSecondsMax || seconds < -kSecondsMax) return std::nullopt;
  return TimePoint{seconds * 1'000'000'000};
}

std::optional<TimePoint> received_date(std::string_view received) {
  size_t semicolon = received.rfind(';');
  if (semicolon == std::string_view::npos) return std::nullopt;
  auto time = parse_mail_date(received.substr(semicolon + 1));
  return time && *time >= kEarliest ? time : std::nullopt;
}

MailTime choose_mail_time(std::optional<std::string_view> date, std::optional<TimePoint> received,
                          TimePoint file_time) {
  TimePoint fallback = received.value_or(file_time);
  if (!date || date->find_first_not_of(" \t\r\n") == std::string_view::npos) return {fallback, "missing"};
  std::optional<TimePoint> claimed = parse_mail_date(*date);
  if (!claimed) return {fallback, "unparsable"};
  if (*claimed < kEarliest || *claimed > fallback + kFutureTolerance) return {fallback, "forged"};
  return {*claimed, ""};
}

}  // namespace fovea::connectors
