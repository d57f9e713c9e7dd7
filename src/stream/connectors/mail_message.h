// One raw mail message (RFC 5322, MIME) as an event.
// Fields: id, from, from_name, to[], cc[], subject, date (RFC 3339: the time to go by), date_header (as claimed),
// date_problem, received, thread, text, html, forwarded, attachments[{name, type, bytes}], charset_repaired,
// auto_submitted, list_id, importance, reply_to. Absent texts are "", so that expressions can read them.
// The event's id is "m-" and a digest of the Message-ID: two files with one Message-ID are one message. Without one, of
// the bytes. Its key is the thread, "t-" and a digest of the first of References, else In-Reply-To, else its own.
// Not decoded: empty, only NULs, binary, no header lines at the start, past a limit.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "record/event.h"

namespace fovea::connectors {

// `file_time`: when the file was written, for messages without a date that can be believed. Threads: any.
record::Event mail_event(std::string_view bytes, TimePoint file_time, TimePoint now);

}  // namespace fovea::connectors
