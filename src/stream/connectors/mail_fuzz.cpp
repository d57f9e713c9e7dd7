// Any bytes as a mail message, cleaned too: no crash, and what comes out is UTF-8.
#include <cstdlib>

#include "base/utf8.h"
#include "stream/clean/clean.h"
#include "stream/connectors/mail_message.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  fovea::record::Event event = fovea::connectors::mail_event(bytes, {1}, {2});
  if (event.id.empty() || (!event.decoded && event.problem.empty())) std::abort();
  fovea::clean::clean_event(event, {});
  if (!fovea::is_utf8(fovea::to_text(event.fields))) std::abort();
  return 0;
}
