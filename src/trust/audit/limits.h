// The limits of the audit room.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fovea::audit {

constexpr uint64_t kTileHashes = 256;                // tlog-tiles: a tile's width
constexpr size_t kHashBytes = 32;                    // SHA-256
constexpr size_t kEntryBytesMax = 65'535;            // tlog-tiles: a 16-bit length before each entry
constexpr uint64_t kEntriesMax = uint64_t{1} << 40;  // five tile levels; a checkpoint that claims more is refused
constexpr size_t kProofHashesMax = 63;               // the longest proof in a tree of 2^63 leaves
constexpr size_t kCheckpointBytesMax = 64 * 1024;    // a checkpoint with its signatures
constexpr size_t kSignaturesMax = 100;               // lines that a note may have
constexpr size_t kOriginBytesMax = 200;              // the name of a log
constexpr size_t kReceiptBytesMax = 256 * 1024;      // a tlog-proof file: entry, proof and checkpoint
constexpr size_t kFlowNameBytesMax = 200;            // of a flow's name in a leaf; the commitment covers the rest
constexpr size_t kScoresMax = 64;                    // scores named in a leaf; the commitment covers the rest
constexpr size_t kSaltBytes = 32;                    // of a record's own salt
constexpr uint64_t kPendingLeavesMax = 64 * 1024;    // appended and not yet published

}  // namespace fovea::audit
