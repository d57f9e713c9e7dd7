// One entry of the audit log: what was decided, by what, without personal data.
// Journey: made by trust/audit from a Decision; its bytes are the Merkle leaf.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fovea::record {

// An entry may have at most 65,535 bytes (tlog-tiles: a 16-bit length).
constexpr size_t kLeafBytesMax = 65'535;

struct Leaf {
  uint64_t index = 0;  // position in the log
  std::string bytes;   // canonical JSON (RFC 8785)
};

}  // namespace fovea::record
