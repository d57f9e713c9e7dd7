#include "door/grpc/unpack.h"

#include <fmt/format.h>
#include <grpc/byte_buffer.h>

#include <algorithm>

#include "door/grpc/limits.h"
#include "door/wire/inflate.h"

// gRPC's own way in for those who need to know how a buffer is packed (a friend that byte_buffer.h names).
namespace grpc::internal {
class GrpcByteBufferPeer {
 public:
  static grpc_byte_buffer* of(ByteBuffer& buffer) { return buffer.c_buffer(); }
};
}  // namespace grpc::internal

namespace fovea::rpc {
namespace {

std::string bytes_of(const grpc_byte_buffer& buffer) {
  const grpc_slice_buffer& slices = buffer.data.raw.slice_buffer;
  std::string out;
  out.reserve(slices.length);
  for (size_t i = 0; i < slices.count; ++i) {
    out.append(reinterpret_cast<const char*>(GRPC_SLICE_START_PTR(slices.slices[i])),
               GRPC_SLICE_LENGTH(slices.slices[i]));
  }
  return out;
}

}  // namespace

Result<std::string> unpack(::grpc::ByteBuffer& buffer) {
  const grpc_byte_buffer* raw = ::grpc::internal::GrpcByteBufferPeer::of(buffer);
  if (!raw) return std::string();
  std::string bytes = bytes_of(*raw);
  if (raw->data.raw.compression == GRPC_COMPRESS_NONE) return bytes;
  const size_t allowed = std::min(kUnpackedBytesMax, std::max(kUnpackedFree, bytes.size() * kUnpackedRatioMax));
  auto out = wire::inflate_bytes(bytes, wire::Frame::kGzipOrZlib, allowed);
  if (!out && out.error().code == Code::kOutOfRange) out.error().code = Code::kResourceExhausted;
  return out;
}

}  // namespace fovea::rpc
