#include "door/load/grpc_flight.h"

namespace fovea::load {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char low = static_cast<char>(c | 0x20);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

}  // namespace

std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? digit(text[i + 1]) : -1;
    const int low = high >= 0 ? digit(text[i + 2]) : -1;
    if (low < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::optional<std::string_view> message_in(std::string_view body) {
  if (body.size() < kGrpcPrefixBytes || body[0] != 0) return std::nullopt;
  size_t length = 0;
  for (size_t i = 1; i < kGrpcPrefixBytes; ++i) length = length << 8 | static_cast<unsigned char>(body[i]);
  if (body.size() - kGrpcPrefixBytes != length) return std::nullopt;
  return body.substr(kGrpcPrefixBytes);
}

}  // namespace fovea::load
