// Text as a model should see it: from HTML, without quoted history and signature, in one Unicode form, without tricks.
// Journey: after trust/privacy, before windows and scores. Pure functions; any bytes go in, valid UTF-8 comes out.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "record/event.h"
#include "stream/clean/normalise.h"

namespace fovea::clean {

// The flow's `clean: { html: text|keep, quotes: drop|keep, signature: drop|keep }`.
struct Options {
  bool html_to_text = true;
  bool drop_quotes = true;
  bool drop_signature = true;
};

struct Cleaned {
  std::string text;
  Tricks tricks;
  size_t quoted_bytes = 0;     // history that was dropped
  size_t signature_bytes = 0;  // signature and disclaimer that were dropped
};

// Nothing is dropped where nothing else would be left: a bare forward or a mail that is all signature keeps its text.
Cleaned clean_text(std::string_view text, const Options& options);

// Cleans the event's texts in place: `subject`, `text`, `body`, `message`, `title`, `content`, `description`,
// `comment`, `forwarded`, `from_name` (the latter two and one-line ones are only normalised). Adds `tricks` (an object
// of counts) where any were found. HTML: a value that is HTML by its looks is converted when html_to_text is set; when
// it is not and the event has `html`, `text` becomes that.
void clean_event(record::Event& event, const Options& options);

}  // namespace fovea::clean
