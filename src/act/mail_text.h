// The text of a message as it goes over the wire (RFC 5322, RFC 2045, RFC 2047): headers in ASCII, lines ended by CRLF.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace fovea::act {

struct MailMessage {
  std::string from;             // "Name <local@domain>" or "local@domain"
  std::vector<std::string> to;  // the same
  std::string subject, text;    // UTF-8
  std::string id;               // the part of Message-ID before the '@'
};

// "local@domain" of an address as people write it. Error: kInvalidArgument.
Result<std::string> bare_address(std::string_view address);

// Plain where it is printable ASCII, else encoded words of at most 75 characters, folded.
std::string header_text(std::string_view text);

Result<std::string> message_text(const MailMessage& message, TimePoint now);

}  // namespace fovea::act
