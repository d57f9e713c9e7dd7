#include "trust/audit/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "trust/audit/checkpoint.h"
#include "trust/audit/limits.h"
#include "trust/audit/merkle.h"
#include "trust/audit/tiles.h"

namespace fovea::audit {
namespace {

// Walks a log once, in the order of its entries. The first fault stands in `bad`; nothing is looked at after it.
class Walk {
 public:
  Walk(Files& files, const std::string& dir, const RowCheck& rows) : files_(files), dir_(dir), rows_(rows) {}

  Result<void> open_keys(const VerifyKey* trusted);
  Result<void> open_checkpoint_file();
  Result<void> check_entries();
  Result<void> check_levels();
  Result<void> check_strays();

  const Checkpoint& checkpoint() const { return checkpoint_; }
  std::string bad;

 private:
  void fault(const std::string& where, const std::string& what) {
    if (bad.empty()) bad = where + ": " + what;
  }
  Result<std::optional<std::string>> read(const std::string& path);
  Result<std::vector<Digest>> hash_bundle(uint64_t bundle, uint64_t width);
  Result<void> check_tile(const std::string& path, std::span<const Digest> expected);
  Result<void> check_dir(const std::string& path, int depth);
  Result<void> check_stray(const std::string& path);

  Files& files_;
  std::string dir_;
  const RowCheck& rows_;
  std::optional<VerifyKey> key_;
  Checkpoint checkpoint_;
  std::vector<std::vector<Digest>> levels_;  // from level 1 on; level 0 is checked as it is made
};

// A file that must be there; nullopt (and a fault) if it is not.
Result<std::optional<std::string>> Walk::read(const std::string& path) {
  auto bytes = files_.read(dir_ + "/" + path, 0, UINT64_MAX);
  if (bytes) return std::move(*bytes);
  if (bytes.error().code == Code::kPermissionDenied) return std::unexpected(bytes.error());
  fault(path, bytes.error().code == Code::kNotFound ? "it is missing" : bytes.error().message);
  return std::nullopt;
}

Result<void> Walk::open_keys(const VerifyKey* trusted) {
  FOVEA_TRY(auto text, read("key.pub"));
  if (!text) return {};
  if (!text->ends_with('\n')) return fault("key.pub", "it does not end in a newline"), Result<void>();
  auto key = VerifyKey::parse(std::string_view(*text).substr(0, text->size() - 1));
  if (!key) return fault("key.pub", key.error().message), Result<void>();
  if (trusted != nullptr && trusted->text() != key->text()) {
    return fault("key.pub", "it is not the key that is trusted"), Result<void>();
  }
  key_ = *key;
  // The private key may be elsewhere or not ours to read; where it can be read it must be the other half.
  auto secret = files_.read(dir_ + "/key", 0, 4096);
  if (!secret) return {};
  auto signing = secret->ends_with('\n') ? SigningKey::parse(std::string_view(*secret).substr(0, secret->size() - 1))
                                         : fail(Code::kDataLoss, "it does not end in a newline");
  if (!signing) return fault("key", signing.error().message), Result<void>();
  if (signing->verify_key().text() != key->text()) fault("key", "it does not belong to key.pub");
  return {};
}

Result<void> Walk::open_checkpoint_file() {
  FOVEA_TRY(auto note, read("checkpoint"));
  if (!note) return {};
  auto opened = open_checkpoint(*note, *key_);
  if (!opened) return fault("checkpoint", opened.error().message), Result<void>();
  // The log's own checkpoint has this one form; what else a note may hold (foreign signatures) comes from elsewhere.
  checkpoint_ = *opened;
  return {};
}

Result<std::vector<Digest>> Walk::hash_bundle(uint64_t bundle, uint64_t width) {
  std::vector<Digest> hashes;
  std::string path = bundle_path(bundle, width);
  FOVEA_TRY(auto bytes, read(path));
  if (!bytes) return hashes;
  auto entries = parse_bundle(*bytes, width);
  if (!entries) {
    fault(path, entries.error().message);
    return hashes;
  }
  std::string tile = tile_path(0, bundle, width);
  FOVEA_TRY(auto tile_text, read(tile));
  if (!tile_text) return hashes;
  auto known = parse_tile(*tile_text, width);
  if (!known) {
    fault(tile, known.error().message);
    return hashes;
  }
  for (uint64_t i = 0; i < width && bad.empty(); ++i) {
    uint64_t index = bundle * kTileHashes + i;
    Digest hash = leaf_hash((*entries)[i]);
    if (hash != (*known)[i]) {
      fault(fmt::format("entry {}", index), fmt::format("{} does not hash to what {} says", path, tile));
    } else if (rows_) {
      if (auto row = rows_(index, (*entries)[i]); !row) fault(fmt::format("entry {}", index), row.error().text());
    }
    hashes.push_back(hash);
  }
  return hashes;
}

Result<void> Walk::check_entries() {
  Tree tree;
  levels_.resize(1);
  for (uint64_t bundle = 0; bundle * kTileHashes < checkpoint_.size && bad.empty(); ++bundle) {
    uint64_t width = std::min(kTileHashes, checkpoint_.size - bundle * kTileHashes);
    FOVEA_TRY(auto hashes, hash_bundle(bundle, width));
    if (!bad.empty()) return {};
    tree.append(hashes);
    if (width == kTileHashes) {
      Tree tile;
      tile.append(hashes);
      levels_[0].push_back(tile.root());
    }
  }
  if (bad.empty() && tree.root() != checkpoint_.root) {
    fault("checkpoint", "the entries lead to another root, " + to_base64(bytes_of(tree.root())));
  }
  return {};
}

Result<void> Walk::check_tile(const std::string& path, std::span<const Digest> expected) {
  FOVEA_TRY(auto bytes, read(path));
  if (bytes && *bytes != tile_bytes(expected)) fault(path, "its hashes are not those of the level below");
  return {};
}

Result<void> Walk::check_levels() {
  for (unsigned level = 1; !levels_.back().empty() && bad.empty(); ++level) {
    std::span<const Digest> hashes = levels_.back();
    std::vector<Digest> above;
    for (uint64_t tile = 0; tile * kTileHashes < hashes.size(); ++tile) {
      auto part = hashes.subspan(tile * kTileHashes, std::min<size_t>(kTileHashes, hashes.size() - tile * kTileHashes));
      FOVEA_OK(check_tile(tile_path(level, tile, part.size()), part));
      if (part.size() < kTileHashes) break;
      Tree whole;
      whole.append(part);
      above.push_back(whole.root());
    }
    levels_.push_back(std::move(above));
  }
  return {};
}

// Files beside those that the checkpoint needs: an earlier partial tile must be a prefix of its fuller one.
Result<void> Walk::check_strays() {
  return check_dir("tile", 0);
}

Result<void> Walk::check_dir(const std::string& path, int depth) {
  auto names = files_.list(dir_ + "/" + path);
  if (!names || depth > 8) return {};
  for (const std::string& name : *names) {
    if (!bad.empty()) return {};
    std::string each = path + "/" + name;
    if (parse_tile_path(each)) {
      FOVEA_OK(check_stray(each));
    } else if (name.find(".tmp.") == std::string::npos) {  // left by a crash in the middle of a write
      if (files_.list(dir_ + "/" + each)) {
        FOVEA_OK(check_dir(each, depth + 1));
      } else {
        fault(each, "not a file of the log");
      }
    }
  }
  return {};
}

Result<void> Walk::check_stray(const std::string& path) {
  FOVEA_TRY(TileName name, parse_tile_path(path));
  unsigned shift = name.entries ? 0 : name.level * 8;
  uint64_t hashes = shift < 64 ? checkpoint_.size >> shift : 0;
  uint64_t first = name.index * kTileHashes;
  if (first >= hashes || hashes - first < name.width)
    return {};  // ahead of the checkpoint: a crash before it was signed
  uint64_t full = std::min(kTileHashes, hashes - first);
  if (full == name.width) return {};  // looked at already
  std::string fuller = name.entries ? bundle_path(name.index, full) : tile_path(name.level, name.index, full);
  FOVEA_TRY(auto bytes, read(path));
  FOVEA_TRY(auto whole, read(fuller));
  if (!bytes || !whole) return {};
  bool sized = name.entries ? parse_bundle(*bytes, name.width).has_value() : bytes->size() == name.width * kHashBytes;
  if (!sized || !whole->starts_with(*bytes)) fault(path, "it is not a part of " + fuller);
  return {};
}

}  // namespace

Result<Verified> verify_log(Files& files, const std::string& dir, const RowCheck& rows, const VerifyKey* trusted) {
  if (!files.size(dir + "/checkpoint") && !files.size(dir + "/key.pub")) {
    return fail(Code::kNotFound, "no audit log", dir, "a run of `fovea run FLOW` writes one");
  }
  Walk walk(files, dir, rows);
  FOVEA_OK(walk.open_keys(trusted));
  // A key without a checkpoint is a log that has published nothing yet, unless tiles are there.
  bool fresh = walk.bad.empty() && !files.size(dir + "/checkpoint") && !files.size(dir + "/tile");
  if (walk.bad.empty() && !fresh) FOVEA_OK(walk.open_checkpoint_file());
  Verified out;
  if (fresh) {
    out.root = to_base64(bytes_of(empty_root()));
  } else {
    if (walk.bad.empty()) {
      out.entries = walk.checkpoint().size;
      out.root = to_base64(bytes_of(walk.checkpoint().root));
      FOVEA_OK(walk.check_entries());
    }
    if (walk.bad.empty()) FOVEA_OK(walk.check_levels());
    if (walk.bad.empty()) FOVEA_OK(walk.check_strays());
  }
  out.first_bad = walk.bad;
  out.ok = walk.bad.empty();
  return out;
}

}  // namespace fovea::audit
