// What one source may take in. Past a limit an event is not decoded: it keeps its place, with a problem that says so.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace fovea::connectors {

constexpr uint64_t kMailBytesMax = 32u << 20;         // one message
constexpr uint64_t kLineBytesMax = 1u << 20;          // one JSON line, one CSV record
constexpr uint64_t kDroppedFileBytesMax = 32u << 20;  // one file of a watched folder
constexpr size_t kFieldsMax = 1024;                   // members of an event's object; columns of a CSV
constexpr size_t kFieldNameBytesMax = 256;
constexpr size_t kMimePartsMax = 1000;
constexpr size_t kMimeDepthMax = 32;
constexpr size_t kForwardDepthMax = 8;         // message/rfc822 within message/rfc822
constexpr size_t kTextBytesMax = 1u << 20;     // text, html and forwarded, each; cut at a code point
constexpr size_t kHeaderBytesMax = 16u << 10;  // one header value, decoded
constexpr size_t kAddressesMax = 500;          // of to and cc
constexpr size_t kAttachmentsMax = 200;        // listed by name
constexpr size_t kReadBytes = 1u << 20;        // one read of a growing file
constexpr size_t kHttpBodyBytesMax = 4u << 20;
constexpr size_t kHttpEventsMax = 1000;         // events of one batch request
constexpr size_t kHttpQueueEventsMax = 10'000;  // taken in and not yet durable
constexpr size_t kHttpQueueBytesMax = 64u << 20;
constexpr std::chrono::seconds kRetryAfterMax{60};  // that a full queue sends its clients away for

// A file that was written to within this time may be half-written and is left for the next look.
constexpr std::chrono::milliseconds kSettle{1000};
constexpr std::chrono::milliseconds kPollEvery{200};  // looks at a followed file or folder

// A date that claims to be later than this after it was received is forged; so is one before 1990.
constexpr std::chrono::hours kFutureTolerance{48};

}  // namespace fovea::connectors
