// Never a crash; what is read and written again is read as the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "serve/remote/event_stream.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fovea::remote;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  EventStreamReader reader;
  if (const auto all = reader.take(bytes)) {
    for (const EventMessage& each : *all) {
      EventStreamReader again;
      const auto same = again.take(event_message_bytes(each));
      if (!same || same->size() != 1 || (*same)[0].payload != each.payload || (*same)[0].headers != each.headers)
        std::abort();
    }
  }
  (void)payload_of_stream(bytes);
  // A message made of the input, so that the checksums do not keep all of it out.
  const size_t cut = size / 2;
  EventMessage made{{{":message-type", "event"}, {":event-type", "PayloadPart"}}, std::string(bytes.substr(cut))};
  if (cut > 0 && cut < 255) made.headers.emplace_back(std::string(bytes.substr(0, cut)), std::string(bytes));
  if (size > 60'000) return 0;
  const auto whole = payload_of_stream(event_message_bytes(made));
  if (!whole || *whole != made.payload) std::abort();
  return 0;
}
