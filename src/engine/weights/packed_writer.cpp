#include "engine/weights/packed_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/weights/limits.h"

namespace fovea::weights {
namespace {

void append_number(std::string& out, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i));
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void append_record(std::string& out, const std::string& name, const PackedEntry& entry) {
  append_number(out, static_cast<uint64_t>(entry.kind), 1);
  append_number(out, static_cast<uint64_t>(entry.element), 1);
  append_number(out, entry.shape.size(), 1);
  append_number(out, entry.portable ? 1 : 0, 1);
  append_number(out, name.size(), 4);
  append_number(out, 0, 8);
  append_number(out, static_cast<uint64_t>(entry.shape[0]), 8);
  append_number(out, entry.shape.size() > 1 ? static_cast<uint64_t>(entry.shape[1]) : 0, 8);
  append_number(out, entry.begin, 8);
  append_number(out, entry.end, 8);
  out += bytes_of(entry.digest);
}

}  // namespace

Result<void> PackedWriter::add(std::string name, PackedEntry entry, std::vector<std::span<const std::byte>> parts,
                               std::shared_ptr<const void> keep) {
  if (name.empty() || name.size() > kPackedNameBytesMax ||
      !std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~'; }))
    return fail(Code::kInvalidArgument, "is no name for packed weights", name);
  if (std::ranges::count(items_, name, &Item::name) > 0)
    return fail(Code::kInvalidArgument, "is asked for twice", name);
  items_.push_back({std::move(name), std::move(entry), std::move(parts), std::move(keep)});
  return {};
}

Result<std::string> PackedWriter::bytes(PackedElement precision, const Digest& config_digest) const {
  std::string names, records;
  uint64_t most = 0;
  for (const Item& item : items_) {
    names += item.name;
    most += kPackedAlignment;
    for (const auto& part : item.parts) most += part.size();
  }
  const uint64_t header =
      packed_aligned(kPackedPrefixBytes + items_.size() * kPackedRecordBytes + names.size() + kPackedDigestBytes);
  if (header > kHeaderBytesMax) return fail(Code::kInvalidArgument, "has too many weights for one file", "");
  std::string out;
  out.reserve(header + most);
  out.resize(header, '\0');
  for (const Item& item : items_) {
    out.resize(packed_aligned(out.size()), '\0');
    PackedEntry entry = item.entry;
    entry.begin = out.size();
    for (const auto& part : item.parts) out += text_of(part);
    entry.end = out.size();
    entry.digest = sha256(std::string_view(out).substr(entry.begin));
    append_record(records, item.name, entry);
  }
  std::string head(kPackedMagic);
  append_number(head, kPackedVersion, 4);
  append_number(head, header, 4);
  append_number(head, out.size(), 8);
  append_number(head, items_.size(), 4);
  append_number(head, static_cast<uint64_t>(precision), 4);
  head += bytes_of(config_digest);
  head += records + names;
  head.resize(header - kPackedDigestBytes, '\0');
  head += bytes_of(sha256(head));
  out.replace(0, header, head);
  return out;
}

Result<void> PackedWriter::write(Files& files, const std::string& path, PackedElement precision,
                                 const Digest& config_digest) const {
  FOVEA_TRY(const std::string all, bytes(precision, config_digest));
  return files.write_atomic(path, all);
}

}  // namespace fovea::weights
