// When a message was sent, as far as it can be believed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace fovea::connectors {

std::optional<TimePoint> parse_mail_date(std::string_view text);    // RFC 5322 and what writers make of it
std::optional<TimePoint> received_date(std::string_view received);  // of a Received header: after its last ';'

struct MailTime {
  TimePoint time;       // what to go by
  std::string problem;  // "", "missing", "unparsable", "forged"
};

// `date`: the Date header (nullopt: none); `received`: the topmost Received header's time. A date before 1990, or more
// than kFutureTolerance after it was received, is forged. Falls back to `received`, then to `file_time`.
MailTime choose_mail_time(std::optional<std::string_view> date, std::optional<TimePoint> received, TimePoint file_time);

}  // namespace fovea::connectors
