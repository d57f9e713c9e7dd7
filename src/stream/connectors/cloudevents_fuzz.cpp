// Any request (first byte: its content type; then a header's value up to a zero byte; then the body): events or a
// problem.
#include <array>
#include <cstdlib>

#include "stream/connectors/cloudevents.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fovea::connectors;
  if (size < 2) return 0;
  constexpr std::array<std::string_view, 6> kTypes = {"application/json",
                                                      "application/cloudevents+json",
                                                      "text/plain",
                                                      "application/cloudevents-batch+json",
                                                      "application/octet-stream",
                                                      ""};
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  size_t zero = std::min(rest.find('\0'), rest.size());
  Headers headers = {{"Content-Type", std::string(kTypes[data[0] % kTypes.size()])}};
  if (data[0] & 64) {
    headers.insert(headers.end(), {{"ce-specversion", "1.0"},
                                   {"ce-id", std::string(rest.substr(0, zero))},
                                   {"ce-source", "/s"},
                                   {"ce-type", "t"}});
  }
  auto events = events_of_request(headers, rest.substr(std::min(zero + 1, rest.size())), "http:fuzz", {1});
  if (!events) {
    if (events.error().status < 400 || !fovea::parse_json(to_text(events.error()))) std::abort();
    return 0;
  }
  for (const auto& event : *events) {
    if (!event.decoded || event.id.empty()) std::abort();
  }
  return 0;
}
