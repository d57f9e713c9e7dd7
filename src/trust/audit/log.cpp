#include "trust/audit/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "trust/audit/tiles.h"

namespace fovea::audit {
namespace {

constexpr unsigned kTileHeight = 8;  // 2^8 hashes a tile
static_assert(kTileHashes == 1u << kTileHeight);

Error with_hint(Error error) {
  error.code = Code::kDataLoss;
  error.hint = "run `fovea audit verify`; the store still holds every entry";
  return error;
}

// The roots of the complete subtrees that `hashes`, the unfilled tile of one level, stand for: highest first.
void peaks_of(std::span<const Digest> hashes, std::vector<Digest>& peaks) {
  for (size_t left = hashes.size(); left > 0;) {
    size_t width = std::bit_floor(left);
    Tree tree;
    tree.append(hashes.subspan(hashes.size() - left, width));
    peaks.push_back(tree.root());
    left -= width;
  }
}

}  // namespace

AuditLog::AuditLog(Files& files, std::string dir, SigningKey key)
    : files_(files), dir_(std::move(dir)), key_(std::move(key)) {}

Result<std::unique_ptr<AuditLog>> AuditLog::create(Files& files, std::string dir, SigningKey key) {
  std::unique_ptr<AuditLog> log(new AuditLog(files, std::move(dir), std::move(key)));
  FOVEA_OK(log->resume());
  return log;
}

Result<void> AuditLog::resume() {
  std::string where = dir_ + "/checkpoint";
  auto note = files_.read(where, 0, kCheckpointBytesMax + 1);
  if (!note && note.error().code == Code::kNotFound) return {};
  if (!note) return std::unexpected(note.error());
  auto checkpoint = open_checkpoint(*note, key_.verify_key());
  if (!checkpoint) {
    Error error = checkpoint.error();
    error.where = where;
    return std::unexpected(with_hint(std::move(error)));
  }
  uint64_t size = checkpoint->size;
  auto read = [&](const std::string& path) -> Result<std::string> {
    auto bytes = files_.read(dir_ + "/" + path, 0, UINT64_MAX);
    if (!bytes && bytes.error().code == Code::kNotFound) return std::unexpected(with_hint(bytes.error()));
    return bytes;
  };
  for (unsigned level = 0; level * kTileHeight < 64 && (size >> (level * kTileHeight)) > 0; ++level) {
    uint64_t hashes = size >> (level * kTileHeight);
    Level at{.tile = hashes / kTileHashes, .hashes = {}, .touched = false};
    if (uint64_t width = hashes % kTileHashes; width > 0) {
      std::string path = tile_path(level, at.tile, width);
      FOVEA_TRY(std::string bytes, read(path));
      auto parsed = parse_tile(bytes, width);
      if (!parsed) return fail(Code::kDataLoss, parsed.error().message, path);
      at.hashes = std::move(*parsed);
    }
    levels_.push_back(std::move(at));
  }
  if (uint64_t width = size % kTileHashes; width > 0) {
    FOVEA_TRY(bundle_, read(bundle_path(size / kTileHashes, width)));
    auto entries = parse_bundle(bundle_, width);
    if (!entries) return fail(Code::kDataLoss, entries.error().message, bundle_path(size / kTileHashes, width));
  }
  std::vector<Digest> peaks;
  for (size_t level = levels_.size(); level-- > 0;) peaks_of(levels_[level].hashes, peaks);
  tree_ = Tree(size, std::move(peaks));
  if (tree_.root() != checkpoint->root) {
    return std::unexpected(with_hint({Code::kDataLoss, "the log's tiles do not lead to its checkpoint", dir_, {}}));
  }
  published_ = size;
  return {};
}

uint64_t AuditLog::next_index() const {
  return tree_.size();
}
Digest AuditLog::root() const {
  return tree_.root();
}

Result<void> AuditLog::append(std::span<const record::Leaf> leaves) {
  for (const record::Leaf& leaf : leaves) {
    FOVEA_OK(append_one(leaf));
    if (next_index() - published_ >= kPendingLeavesMax) FOVEA_OK(publish());
  }
  return {};
}

Result<void> AuditLog::append_one(const record::Leaf& leaf) {
  if (leaf.index != next_index()) {
    return fail(Code::kInvalidArgument,
                fmt::format("entry {} out of turn; the log goes on with {}", leaf.index, next_index()));
  }
  FOVEA_OK(add_entry(leaf.bytes, bundle_));
  uint64_t index = next_index();
  Digest hash = leaf_hash(leaf.bytes);
  tree_.append(hash);
  add_hash(0, hash);
  if (index % kTileHashes == kTileHashes - 1) {
    full_[bundle_path(index / kTileHashes, kTileHashes)] = std::move(bundle_);
    bundle_.clear();
  }
  return {};
}

void AuditLog::add_hash(unsigned level, const Digest& hash) {
  if (levels_.size() <= level) levels_.resize(level + 1);
  Level& at = levels_[level];
  at.hashes.push_back(hash);
  at.touched = true;
  if (at.hashes.size() < kTileHashes) return;
  Tree tile;
  tile.append(at.hashes);
  full_[tile_path(level, at.tile, kTileHashes)] = tile_bytes(at.hashes);
  at.hashes.clear();
  ++at.tile;
  add_hash(level + 1, tile.root());
}

std::vector<std::string> AuditLog::partial_paths(uint64_t size) const {
  std::vector<std::string> out;
  for (unsigned level = 0; level * kTileHeight < 64; ++level) {
    uint64_t hashes = size >> (level * kTileHeight);
    if (uint64_t width = hashes % kTileHashes; width > 0) {
      out.push_back(tile_path(level, hashes / kTileHashes, width));
      if (level == 0) out.push_back(bundle_path(hashes / kTileHashes, width));
    }
  }
  return out;
}

Result<void> AuditLog::write_pending() {
  while (!full_.empty()) {
    auto first = full_.begin();
    FOVEA_OK(files_.write_atomic(dir_ + "/" + first->first, first->second));
    full_.erase(first);
  }
  for (unsigned level = 0; level < levels_.size(); ++level) {
    Level& at = levels_[level];
    if (!at.touched || at.hashes.empty()) continue;
    FOVEA_OK(files_.write_atomic(dir_ + "/" + tile_path(level, at.tile, at.hashes.size()), tile_bytes(at.hashes)));
    if (level == 0) {
      FOVEA_OK(files_.write_atomic(dir_ + "/" + bundle_path(at.tile, at.hashes.size()), bundle_));
    }
    at.touched = false;
  }
  return {};
}

Result<void> AuditLog::publish() {
  uint64_t size = next_index();
  if (size == published_) return {};
  FOVEA_OK(write_pending());
  Checkpoint checkpoint{key_.verify_key().name, size, root()};
  FOVEA_OK(files_.write_atomic(dir_ + "/checkpoint", sign_checkpoint(checkpoint, key_)));
  std::vector<std::string> kept = partial_paths(size);
  for (const std::string& path : partial_paths(published_)) {
    if (std::ranges::find(kept, path) != kept.end()) continue;
    // A partial tile that stays behind is allowed by the format and harmless.
    if (auto removed = files_.remove(dir_ + "/" + path); !removed && removed.error().code != Code::kNotFound) break;
  }
  published_ = size;
  return {};
}

}  // namespace fovea::audit
