#include "trust/audit/receipt.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "trust/audit/limits.h"
#include "trust/audit/merkle.h"
#include "trust/audit/tiles.h"

namespace fovea::audit {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1";
constexpr unsigned kTileHeight = 8;

Result<VerifyKey> read_key(Files& files, const std::string& dir) {
  FOVEA_TRY(std::string text, files.read(dir + "/key.pub", 0, 4096));
  if (text.ends_with('\n')) text.pop_back();
  return VerifyKey::parse(text);
}

// Reads nodes from the tiles of a log of `size` entries; keeps the last tile that it read.
NodeReader tile_reader(Files& files, const std::string& dir, uint64_t size) {
  struct Kept {
    std::string path;
    std::vector<Digest> hashes;
  };
  auto kept = std::make_shared<Kept>();
  return [&files, dir, size, kept](unsigned level, uint64_t index) -> Result<Digest> {
    unsigned tile_level = level / kTileHeight, above = level % kTileHeight;
    uint64_t first = index << above;  // in hashes of the tile's level
    uint64_t tile = first / kTileHashes, hashes = size >> (tile_level * kTileHeight);
    uint64_t width = std::min(kTileHashes, hashes - tile * kTileHashes);
    std::string path = tile_path(tile_level, tile, width);
    if (kept->path != path) {
      FOVEA_TRY(std::string bytes, files.read(dir + "/" + path, 0, UINT64_MAX));
      auto parsed = parse_tile(bytes, width);
      if (!parsed) return fail(Code::kDataLoss, parsed.error().message, path);
      kept->path = path;
      kept->hashes = std::move(*parsed);
    }
    uint64_t at = first % kTileHashes, count = uint64_t{1} << above;
    if (at + count > kept->hashes.size()) return fail(Code::kOutOfRange, "the tree has no such node", path);
    Tree node;
    node.append(std::span(kept->hashes).subspan(at, count));
    return node.root();
  };
}

std::unexpected<Error> bad_receipt(const char* why) {
  return fail(Code::kInvalidArgument, std::string("not a tlog-proof: ") + why);
}

// The next line without its newline; false at the end of the text.
bool next_line(std::string_view& text, std::string_view& line) {
  size_t end = text.find('\n');
  if (end == std::string_view::npos) return false;
  line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return true;
}

Result<void> copy_file(Files& files, const std::string& from, const std::string& to) {
  FOVEA_TRY(std::string bytes, files.read(from, 0, UINT64_MAX));
  return files.write_atomic(to, bytes);
}

}  // namespace

std::string receipt_text(const Receipt& receipt) {
  std::string out = fmt::format("{}\nextra {}\nindex {}\n", kHeader, to_base64(receipt.entry), receipt.index);
  for (const Digest& hash : receipt.proof) out += to_base64(bytes_of(hash)) + "\n";
  return out + "\n" + receipt.checkpoint;
}

Result<Receipt> parse_receipt(std::string_view text) {
  if (text.size() > kReceiptBytesMax) return bad_receipt("it is too long");
  Receipt out;
  std::string_view line;
  if (!next_line(text, line) || line != kHeader) return bad_receipt("its first line is another");
  if (!next_line(text, line)) return bad_receipt("it ends too early");
  if (!line.starts_with("extra ")) return bad_receipt("it carries no entry");
  auto entry = from_base64(line.substr(6));
  if (!entry || entry->size() > kEntryBytesMax) return bad_receipt("its entry is not base64 of an entry");
  out.entry = std::move(*entry);
  if (!next_line(text, line) || !line.starts_with("index ")) return bad_receipt("it names no index");
  line.remove_prefix(6);
  auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), out.index);
  if (error != std::errc() || line != std::to_string(out.index)) return bad_receipt("its index is not a number");
  for (;;) {
    if (!next_line(text, line)) return bad_receipt("it ends within the proof");
    if (line.empty()) break;
    auto hash = from_base64(line);
    if (!hash || hash->size() != kHashBytes) return bad_receipt("a line of the proof is no hash");
    if (out.proof.size() == kProofHashesMax) return bad_receipt("its proof is too long");
    std::copy(hash->begin(), hash->end(), out.proof.emplace_back().begin());
  }
  out.checkpoint = text;
  return out;
}

Result<Receipt> prove(Files& files, const std::string& dir, uint64_t index) {
  FOVEA_TRY(VerifyKey key, read_key(files, dir));
  Receipt out;
  out.index = index;
  FOVEA_TRY(out.checkpoint, files.read(dir + "/checkpoint", 0, kCheckpointBytesMax));
  FOVEA_TRY(Checkpoint checkpoint, open_checkpoint(out.checkpoint, key));
  FOVEA_TRY(out.proof, prove_inclusion(index, checkpoint.size, tile_reader(files, dir, checkpoint.size)));
  uint64_t bundle = index / kTileHashes, width = std::min(kTileHashes, checkpoint.size - bundle * kTileHashes);
  FOVEA_TRY(std::string bytes, files.read(dir + "/" + bundle_path(bundle, width), 0, UINT64_MAX));
  FOVEA_TRY(auto entries, parse_bundle(bytes, width));
  out.entry = entries[index % kTileHashes];
  FOVEA_OK(verify_receipt(out, key));  // a damaged log gives no receipt
  return out;
}

Result<Checkpoint> verify_receipt(const Receipt& receipt, const VerifyKey& key) {
  FOVEA_TRY(Checkpoint checkpoint, open_checkpoint(receipt.checkpoint, key));
  FOVEA_OK(verify_inclusion(receipt.index, checkpoint.size, leaf_hash(receipt.entry), receipt.proof, checkpoint.root));
  return checkpoint;
}

Result<void> export_log(Files& files, const std::string& dir, const std::string& to) {
  if (files.size(to + "/checkpoint")) {
    return fail(Code::kAlreadyExists, "a log is there already", to, "name a folder that does not exist yet");
  }
  FOVEA_TRY(VerifyKey key, read_key(files, dir));
  FOVEA_TRY(std::string note, files.read(dir + "/checkpoint", 0, kCheckpointBytesMax));
  FOVEA_TRY(Checkpoint checkpoint, open_checkpoint(note, key));
  FOVEA_OK(files.write_atomic(to + "/key.pub", key.text() + "\n"));
  FOVEA_OK(files.write_atomic(to + "/key.pem", key.pem()));
  for (unsigned level = 0; level * kTileHeight < 64 && checkpoint.size >> (level * kTileHeight) > 0; ++level) {
    uint64_t hashes = checkpoint.size >> (level * kTileHeight);
    for (uint64_t tile = 0; tile * kTileHashes < hashes; ++tile) {
      uint64_t width = std::min(kTileHashes, hashes - tile * kTileHashes);
      std::string path = "/" + tile_path(level, tile, width);
      FOVEA_OK(copy_file(files, dir + path, to + path));
      if (level > 0) continue;
      path = "/" + bundle_path(tile, width);
      FOVEA_OK(copy_file(files, dir + path, to + path));
    }
  }
  return files.write_atomic(to + "/checkpoint", note);
}

}  // namespace fovea::audit
