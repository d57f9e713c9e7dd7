#include "door/http/message_rules.h"

#include <algorithm>
#include <charconv>

#include "door/http/limits.h"

namespace fovea::http {

namespace beast = boost::beast;
namespace bhttp = boost::beast::http;

std::string two_ways(const bhttp::request<bhttp::string_body>& message) {
  const size_t lengths = message.count(bhttp::field::content_length);
  if (lengths > 1) return "more than one Content-Length";
  if (lengths == 1 && message[bhttp::field::content_length].find(',') != beast::string_view::npos) {
    return "more than one length in Content-Length";
  }
  const size_t codings = message.count(bhttp::field::transfer_encoding);
  if (codings == 0) return {};
  if (codings > 1 || !beast::iequals(message[bhttp::field::transfer_encoding], "chunked")) {
    return "a Transfer-Encoding other than 'chunked'";
  }
  return message.version() < 11 ? "a Transfer-Encoding in HTTP/1.0" : "";
}

std::chrono::milliseconds patience(const Headers& headers) {
  const std::string_view text = value_of(headers, "x-request-timeout-ms");
  int64_t ms = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (error != std::errc{} || end != text.data() + text.size() || ms <= 0) return {};
  return std::min(std::chrono::milliseconds(ms), std::chrono::milliseconds(kPatienceMax));
}

std::chrono::milliseconds time_for(std::chrono::seconds base, uint64_t bytes) {
  return base + std::chrono::milliseconds(bytes * 1000 / kBytesPerSecondMin);
}

bool fits_into_a_header(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

}  // namespace fovea::http
