// Bytes that gzip or deflate packed, unpacked, with a cap on what a few bytes may grow to.
// Errors: kOutOfRange (more than `allowed` bytes would come out), kInvalidArgument (damaged, or cut short).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fovea::wire {

enum class Frame : uint8_t { kGzipOrZlib, kNone };  // kNone: a bare deflate stream (RFC 1951)

Result<std::string> inflate_bytes(std::string_view packed, Frame frame, size_t allowed);

}  // namespace fovea::wire
