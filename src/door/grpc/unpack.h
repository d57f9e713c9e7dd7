// The bytes of a message as it came from gRPC: packed ones (gzip, deflate) are unpacked here, since gRPC itself would
// unpack any number of bytes before it looked at how many they are. For .cpp files only: sees gRPC.
// Errors: kResourceExhausted (unpacks to too much), kInvalidArgument (damaged).
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <string>

#include "base/error.h"

namespace fovea::rpc {

// REQUIRES: the server has GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION off.
Result<std::string> unpack(::grpc::ByteBuffer& buffer);

}  // namespace fovea::rpc
