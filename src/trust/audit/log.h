// The audit log on disk: tiles, entry bundles and the checkpoint of a folder that third-party verifiers read.
// Journey: after the store has kept a turn. The store holds every leaf and is what counts as kept; this log is derived
// from it. After a start, feed it the store's leaves from next_index() on.
// Files: AUDIT/checkpoint, AUDIT/tile/LEVEL/..., AUDIT/tile/entries/... (docs/formats/audit-log.md).
// Borrows `files`, which must outlive it. Threads: one.
// Errors: kInvalidArgument for a leaf out of turn, kOutOfRange for one too long, kDataLoss where what is on disk does
// not lead to its own checkpoint, and those of Files. Cost: append() works in memory (two SHA-256 a leaf); publish()
// writes each file that changed once.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/files.h"
#include "record/leaf.h"
#include "trust/audit/checkpoint.h"
#include "trust/audit/limits.h"
#include "trust/audit/merkle.h"

namespace fovea::audit {

class AuditLog {
 public:
  // Opens the log in `dir` where its checkpoint left it; an empty folder is an empty log. Its origin is the key's name.
  static Result<std::unique_ptr<AuditLog>> create(Files& files, std::string dir, SigningKey key);

  uint64_t next_index() const;  // the index that append() takes next; right after create(): the published size
  uint64_t published() const { return published_; }
  Digest root() const;  // of everything appended

  // Takes leaves whose indexes go on from next_index(). At kPendingLeavesMax it publishes by itself.
  Result<void> append(std::span<const record::Leaf> leaves);

  // Writes tiles and bundles, then the checkpoint, then removes what a fuller file replaced. Nothing new: does nothing.
  // A crash at any point leaves the old checkpoint or the new one, each with all of its files. After an error the same
  // call may be tried again.
  Result<void> publish();

 private:
  // The hashes of one level that are not yet in a full tile.
  struct Level {
    uint64_t tile = 0;           // index of the tile being filled
    std::vector<Digest> hashes;  // fewer than kTileHashes
    bool touched = false;        // since the last publish
  };

  AuditLog(Files& files, std::string dir, SigningKey key);
  Result<void> resume();
  Result<void> append_one(const record::Leaf& leaf);
  void add_hash(unsigned level, const Digest& hash);
  Result<void> write_pending();
  std::vector<std::string> partial_paths(uint64_t size) const;

  Files& files_;
  std::string dir_;
  SigningKey key_;
  Tree tree_;
  uint64_t published_ = 0;
  std::vector<Level> levels_;
  std::string bundle_;                       // bytes of the entry bundle being filled
  std::map<std::string, std::string> full_;  // full files, not yet written: path → bytes
};

}  // namespace fovea::audit
