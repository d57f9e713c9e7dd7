#include "door/inference/content_coding.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "base/check.h"
#include "door/inference/header_text.h"
#include "door/inference/limits.h"
#include "door/wire/inflate.h"

namespace fovea::wire {
namespace {

constexpr int kWindowBits = 15;
constexpr int kGzip = 16;  // added to the window's bits (zlib.h: deflateInit2)

std::expected<std::string, Refusal> unpacked(std::string_view body, Frame frame) {
  const size_t allowed = std::min(kUnpackedBytesMax, std::max(kUnpackedFree, body.size() * kUnpackedRatioMax));
  auto out = inflate_bytes(body, frame, allowed);
  if (out) return std::move(*out);
  return std::unexpected(refusal(out.error().code == Code::kOutOfRange ? 413 : 400, std::move(out.error().message),
                                 std::move(out.error().hint)));
}

// RFC 9110 says zlib's frame; its first two bytes are a multiple of 31 with method 8.
bool has_zlib_frame(std::string_view body) {
  if (body.size() < 2) return true;
  const auto a = static_cast<unsigned char>(body[0]), b = static_cast<unsigned char>(body[1]);
  return (a & 0x0F) == 8 && (a * 256 + b) % 31 == 0;
}

bool refused(std::string_view parameters) {
  const size_t q = parameters.find("q=");
  if (q == std::string_view::npos) return false;
  const std::string_view value = parameters.substr(q + 2);
  return value.find_first_not_of("0. ") == std::string_view::npos;
}

}  // namespace

std::expected<std::string, Refusal> unpack(std::string_view coding, std::string body) {
  coding = trimmed(coding);
  if (coding.empty() || same_text(coding, "identity")) return body;
  if (same_text(coding, "gzip") || same_text(coding, "x-gzip")) return unpacked(body, Frame::kGzipOrZlib);
  if (same_text(coding, "deflate")) return unpacked(body, has_zlib_frame(body) ? Frame::kGzipOrZlib : Frame::kNone);
  return std::unexpected(
      refusal(415, fmt::format("the Content-Encoding '{}' is not read", coding.substr(0, 40)), "send gzip or deflate"));
}

std::string_view coding_for(std::string_view accept_encoding) {
  bool gzip = false, deflate = false;
  for (size_t at = 0; at <= accept_encoding.size();) {
    const size_t end = std::min(accept_encoding.find(',', at), accept_encoding.size());
    const std::string_view each = accept_encoding.substr(at, end - at);
    at = end + 1;
    const size_t semicolon = std::min(each.find(';'), each.size());
    const std::string_view name = trimmed(each.substr(0, semicolon));
    if (refused(each.substr(semicolon))) continue;
    gzip = gzip || same_text(name, "gzip");
    deflate = deflate || same_text(name, "deflate");
  }
  return gzip ? "gzip" : deflate ? "deflate" : "";
}

std::string pack(std::string_view coding, std::string_view body) {
  z_stream stream{};
  const int bits = coding == "gzip" ? kWindowBits + kGzip : kWindowBits;
  FOVEA_CHECK(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, body.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  FOVEA_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace fovea::wire
