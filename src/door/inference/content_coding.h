// Content-Encoding both ways: gzip and deflate (RFC 9110 8.4.1), with caps on what a small body may unpack to.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "door/inference/refusal.h"

namespace fovea::wire {

// The body as its client wrote it. `coding`: the header's value; empty or identity: as it is.
// Refused: 415 for another coding, 413 beyond kUnpackedBytesMax or kUnpackedRatioMax, 400 for damaged bytes.
std::expected<std::string, Refusal> unpack(std::string_view coding, std::string body);

// What of gzip and deflate the client takes (q > 0), gzip first; empty: neither.
std::string_view coding_for(std::string_view accept_encoding);
// `coding`: "gzip" or "deflate" (zlib's format, RFC 1950).
std::string pack(std::string_view coding, std::string_view body);

}  // namespace fovea::wire
