// What a message says: the parts of its MIME tree that a reader would see.
#pragma once

#include <string>

#include "base/json.h"

struct _GMimeMessage;

namespace fovea::connectors {

struct MailBody {
  std::string text;       // the best body: plain where it says something, else from HTML
  std::string html;       // the HTML it came from or stands beside, bounded
  std::string forwarded;  // messages within, each with its From, Date and Subject
  JsonArray attachments;  // {name, type, bytes}
  bool charset_repaired = false;
  bool truncated = false;  // some limit was met
};

MailBody read_mail_body(_GMimeMessage* message);

}  // namespace fovea::connectors
