// Protobuf messages from and to bytes. For .cpp files only: brings protobuf's headers.
// Errors: kInvalidArgument (bytes that are no such message).
#pragma once

#include <google/protobuf/message.h>

#include <string>
#include <string_view>

#include "base/error.h"

namespace fovea::rpc {

template <typename T>
Result<T> read_message(std::string_view bytes) {
  T message;
  if (message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return message;
  return fail(Code::kInvalidArgument, "the bytes are no " + T::descriptor()->full_name(), "message",
              "is the method the right one?");
}

template <typename T>
std::string write_message(const T& message) {
  return message.SerializeAsString();
}

}  // namespace fovea::rpc
