#include "door/wire/inflate.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "base/check.h"

namespace fovea::wire {
namespace {

constexpr int kWindowBits = 15;
constexpr int kEither = 32;  // gzip or zlib, added to the window's bits (zlib.h: inflateInit2)
constexpr size_t kPiece = size_t{64} << 10;

}  // namespace

Result<std::string> inflate_bytes(std::string_view packed, Frame frame, size_t allowed) {
  z_stream stream{};
  FOVEA_CHECK(inflateInit2(&stream, frame == Frame::kNone ? -kWindowBits : kWindowBits + kEither) == Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  int state = Z_OK;
  while (state == Z_OK) {
    const size_t had = out.size();
    const size_t room = std::min(kPiece, allowed + 1 - had);
    out.resize(had + room);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + had);
    stream.avail_out = static_cast<uInt>(room);
    state = inflate(&stream, Z_NO_FLUSH);
    out.resize(had + room - stream.avail_out);
    if (out.size() > allowed) break;
    if (state == Z_OK && stream.avail_in == 0 && stream.avail_out != 0) state = Z_BUF_ERROR;  // cut short
  }
  const bool whole = state == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  if (out.size() > allowed) {
    return fail(Code::kOutOfRange, fmt::format("the body unpacks to more than {} bytes", allowed), {},
                "send it in parts, or as it is");
  }
  if (!whole) return fail(Code::kInvalidArgument, "the compressed body is damaged or cut short");
  return out;
}

}  // namespace fovea::wire
