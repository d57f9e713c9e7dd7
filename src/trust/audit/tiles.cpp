#include "trust/audit/tiles.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

namespace fovea::audit {
namespace {

std::unexpected<Error> no_path(std::string_view path) {
  return fail(Code::kInvalidArgument, "not the path of a tile", std::string(path));
}

// A whole decimal number without sign or leading zero.
bool parse_number(std::string_view text, uint64_t& out) {
  if (text.empty() || (text.size() > 1 && text[0] == '0') || text.size() > 19) return false;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

bool parse_index(std::string_view text, uint64_t& index) {
  index = 0;
  for (size_t groups = 1;; ++groups) {
    size_t slash = text.find('/');
    std::string_view group = text.substr(0, slash);
    bool last = slash == std::string_view::npos;
    if (!last) {
      if (!group.starts_with('x')) return false;
      group.remove_prefix(1);
    }
    if (group.size() != 3 || groups > 5) return false;
    for (char c : group) {
      if (c < '0' || c > '9') return false;
      index = index * 10 + static_cast<uint64_t>(c - '0');
    }
    if (last) return true;
    text.remove_prefix(slash + 1);
  }
}

std::string with_width(std::string path, uint64_t width) {
  if (width != kTileHashes) path += fmt::format(".p/{}", width);
  return path;
}

}  // namespace

std::string tile_index_text(uint64_t index) {
  std::string out = fmt::format("{:03}", index % 1000);
  for (index /= 1000; index > 0; index /= 1000) out = fmt::format("x{:03}/", index % 1000) + out;
  return out;
}

std::string tile_path(unsigned level, uint64_t index, uint64_t width) {
  return with_width(fmt::format("tile/{}/{}", level, tile_index_text(index)), width);
}

std::string bundle_path(uint64_t index, uint64_t width) {
  return with_width("tile/entries/" + tile_index_text(index), width);
}

Result<TileName> parse_tile_path(std::string_view path) {
  TileName name;
  std::string_view rest = path;
  if (!rest.starts_with("tile/")) return no_path(path);
  rest.remove_prefix(5);
  if (rest.starts_with("entries/")) {
    name.entries = true;
    rest.remove_prefix(8);
  } else {
    size_t slash = rest.find('/');
    uint64_t level = 0;
    if (slash == std::string_view::npos || !parse_number(rest.substr(0, slash), level) || level > 63) {
      return no_path(path);
    }
    name.level = static_cast<unsigned>(level);
    rest.remove_prefix(slash + 1);
  }
  if (size_t partial = rest.find(".p/"); partial != std::string_view::npos) {
    if (!parse_number(rest.substr(partial + 3), name.width) || name.width == 0 || name.width >= kTileHashes) {
      return no_path(path);
    }
    rest = rest.substr(0, partial);
  }
  if (!parse_index(rest, name.index)) return no_path(path);
  std::string written =
      name.entries ? bundle_path(name.index, name.width) : tile_path(name.level, name.index, name.width);
  if (written != path) return no_path(path);
  return name;
}

std::string tile_bytes(std::span<const Digest> hashes) {
  std::string out;
  out.reserve(hashes.size() * kHashBytes);
  for (const Digest& hash : hashes) out += bytes_of(hash);
  return out;
}

Result<std::vector<Digest>> parse_tile(std::string_view bytes, uint64_t width) {
  if (bytes.size() != width * kHashBytes) {
    return fail(Code::kDataLoss,
                fmt::format("a tile of {} hashes has {} bytes, not {}", width, bytes.size(), width * kHashBytes));
  }
  std::vector<Digest> out(width);
  for (uint64_t i = 0; i < width; ++i) std::memcpy(out[i].data(), bytes.data() + i * kHashBytes, kHashBytes);
  return out;
}

Result<void> add_entry(std::string_view entry, std::string& bundle) {
  if (entry.size() > kEntryBytesMax) {
    return fail(Code::kOutOfRange,
                fmt::format("an entry of {} bytes; the format holds at most {}", entry.size(), kEntryBytesMax));
  }
  bundle += static_cast<char>(entry.size() >> 8);
  bundle += static_cast<char>(entry.size() & 255);
  bundle += entry;
  return {};
}

Result<std::vector<std::string_view>> parse_bundle(std::string_view bytes, uint64_t width) {
  std::vector<std::string_view> out;
  while (!bytes.empty() && out.size() < width) {
    if (bytes.size() < 2) return fail(Code::kDataLoss, "the bundle ends within the length of an entry");
    size_t length = static_cast<size_t>(static_cast<uint8_t>(bytes[0])) << 8 | static_cast<uint8_t>(bytes[1]);
    if (bytes.size() - 2 < length) return fail(Code::kDataLoss, "the bundle ends within an entry");
    out.push_back(bytes.substr(2, length));
    bytes.remove_prefix(2 + length);
  }
  if (out.size() != width) {
    return fail(Code::kDataLoss, fmt::format("a bundle of {} entries holds {}", width, out.size()));
  }
  if (!bytes.empty()) return fail(Code::kDataLoss, fmt::format("{} bytes follow the last entry", bytes.size()));
  return out;
}

}  // namespace fovea::audit
