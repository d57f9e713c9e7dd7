#include "engine/weights/packed_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "base/suggest.h"
#include "engine/weights/limits.h"

namespace fovea::weights {
namespace {

template <typename T>
T number_at(std::span<const std::byte> bytes, size_t at) {
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) value |= static_cast<T>(static_cast<T>(bytes[at + i]) << (8 * i));
  return value;
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Digest digest_at(std::span<const std::byte> bytes, size_t at) {
  Digest digest;
  std::memcpy(digest.data(), bytes.data() + at, digest.size());
  return digest;
}

bool all_zero(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace

struct PackedFile::Header {
  uint64_t bytes = 0, count = 0;
};

bool has_packed_file(const std::string& folder) {
  std::error_code ignored;  // a symbolic link counts wherever it leads
  return std::filesystem::exists(std::filesystem::symlink_status(folder + "/" + std::string(kPackedFileName), ignored));
}

std::unexpected<Error> PackedFile::damaged(std::string message, std::string_view entry) const {
  return fail(Code::kDataLoss, std::move(message), entry.empty() ? path_ : fmt::format("{}: {}", path_, entry),
              "the file is damaged; import the model again");
}

Result<PackedFile> PackedFile::open(const std::string& path) {
  FOVEA_TRY(auto storage, tensor::Storage::map_file(path));
  FOVEA_TRY(PackedFile file, parse(std::move(storage), path));
  // Every text reads all weights but for a table's rows, of which it reads its own.
  for (const auto& [name, entry] : file.entries_)
    if (entry.kind != PackedKind::kRows) file.storage_->read_ahead(entry.begin, entry.end);
  return file;
}

Result<PackedFile> PackedFile::parse(std::shared_ptr<const tensor::Storage> storage, std::string name) {
  PackedFile file;
  file.storage_ = std::move(storage);
  file.path_ = std::move(name);
  Header header;
  FOVEA_OK(file.read_prefix(header));
  FOVEA_OK(file.read_entries(header));
  return file;
}

Result<void> PackedFile::read_prefix(Header& header) {
  const auto bytes = storage_->bytes();
  if (bytes.size() < kPackedPrefixBytes + kPackedDigestBytes || !text_of(bytes).starts_with(kPackedMagic))
    return fail(Code::kDataLoss, "is no packed model file", path_, "`fovea models import` makes one");
  const auto version = number_at<uint32_t>(bytes, 8);
  if (version != kPackedVersion)
    return fail(Code::kUnimplemented, fmt::format("has version {}, {} is read", version, kPackedVersion), path_,
                "import the model again with this fovea, or use a newer one");
  header.bytes = number_at<uint32_t>(bytes, 12);
  const auto file_bytes = number_at<uint64_t>(bytes, 16);
  header.count = number_at<uint32_t>(bytes, 24);
  const auto precision = number_at<uint32_t>(bytes, 28);
  if (file_bytes != bytes.size())
    return damaged(fmt::format("claims {} bytes, the file has {}", file_bytes, bytes.size()));
  if (header.count > static_cast<uint64_t>(kTensorsMax))
    return damaged(fmt::format("claims {} entries; at most {} are read", header.count, kTensorsMax));
  if (header.bytes > kHeaderBytesMax || header.bytes > bytes.size() || header.bytes % kPackedAlignment != 0 ||
      header.bytes < kPackedPrefixBytes + header.count * kPackedRecordBytes + kPackedDigestBytes)
    return damaged(fmt::format("claims a header of {} bytes for {} entries", header.bytes, header.count));
  const auto head = bytes.subspan(0, header.bytes - kPackedDigestBytes);
  digest_ = digest_at(bytes, head.size());
  if (sha256(text_of(head)) != digest_) return damaged("the header does not match its digest");
  if (precision == static_cast<uint32_t>(PackedElement::kF16) ||
      precision > static_cast<uint32_t>(PackedElement::kInt8))
    return damaged(fmt::format("has precision {}", precision));
  precision_ = static_cast<PackedElement>(precision);
  config_digest_ = digest_at(bytes, 32);
  data_begin_ = header.bytes;
  return {};
}

// Entries stand in the file in the order of their records, each at the next multiple of kPackedAlignment: nothing
// overlaps, nothing is left over.
Result<void> PackedFile::read_entries(const Header& header) {
  const auto bytes = storage_->bytes();
  uint64_t name_at = kPackedPrefixBytes + header.count * kPackedRecordBytes, at = data_begin_;
  const uint64_t names_end = header.bytes - kPackedDigestBytes;
  for (size_t i = 0; i < header.count; ++i) {
    const size_t record = kPackedPrefixBytes + i * kPackedRecordBytes;
    const auto name_bytes = number_at<uint32_t>(bytes, record + 4);
    if (name_bytes == 0 || name_bytes > kPackedNameBytesMax || name_bytes > names_end - name_at)
      return damaged(fmt::format("entry {} has a name of {} bytes", i, name_bytes));
    const std::string name(text_of(bytes.subspan(name_at, name_bytes)));
    name_at += name_bytes;
    if (!std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~'; }))
      return damaged(fmt::format("entry {} has a name that is not printable ASCII", i));
    FOVEA_TRY(PackedEntry entry, read_record(record, name));
    if (entry.begin != at) return damaged(fmt::format("begins at byte {}, {} is its place", entry.begin, at), name);
    at = packed_aligned(entry.end);
    if (!entries_.emplace(name, std::move(entry)).second) return damaged("stands there twice", name);
    if (i + 1 == header.count && number_at<uint64_t>(bytes, record + 40) != bytes.size())
      return damaged("bytes behind the last entry");
  }
  if (header.count == 0 && bytes.size() != header.bytes) return damaged("bytes behind the header");
  if (names_end - name_at >= kPackedAlignment || !all_zero(bytes.subspan(name_at, names_end - name_at)))
    return damaged("bytes behind the names");
  return {};
}

Result<PackedEntry> PackedFile::read_record(size_t at, const std::string& name) const {
  const auto bytes = storage_->bytes();
  const auto kind = number_at<uint8_t>(bytes, at), element = number_at<uint8_t>(bytes, at + 1);
  const auto dimensions = number_at<uint8_t>(bytes, at + 2), flags = number_at<uint8_t>(bytes, at + 3);
  if (kind < 1 || kind > 3) return damaged(fmt::format("has kind {}", kind), name);
  if (element > 3) return damaged(fmt::format("has element {}", element), name);
  if (dimensions < 1 || dimensions > 2) return damaged(fmt::format("has {} dimensions", dimensions), name);
  if (number_at<uint64_t>(bytes, at + 8) != 0) return damaged("has bytes set that are kept free", name);
  PackedEntry entry{.kind = static_cast<PackedKind>(kind),
                    .element = static_cast<PackedElement>(element),
                    .portable = flags == 1,
                    .shape = {},
                    .begin = number_at<uint64_t>(bytes, at + 32),
                    .end = number_at<uint64_t>(bytes, at + 40),
                    .digest = digest_at(bytes, at + 48)};
  const bool linear = entry.kind == PackedKind::kLinear;
  if (flags > (linear ? 1 : 0)) return damaged(fmt::format("has flags {}", flags), name);
  const bool fits = entry.kind == PackedKind::kTensor ? entry.element == PackedElement::kF32
                    : linear                          ? entry.element != PackedElement::kF16 && dimensions == 2
                                                      : entry.element != PackedElement::kInt8 && dimensions == 2;
  if (!fits) return damaged(fmt::format("kind {} has element {} in {} dimensions", kind, element, dimensions), name);
  for (int d = 0; d < 2; ++d) {
    const auto extent = number_at<uint64_t>(bytes, at + 16 + 8 * static_cast<size_t>(d));
    if (d >= dimensions ? extent != 0 : extent == 0 || extent > static_cast<uint64_t>(kValuesMax))
      return damaged(fmt::format("has extent {} in dimension {}", extent, d), name);
    if (d < dimensions) entry.shape.push_back(static_cast<int64_t>(extent));
  }
  FOVEA_OK(check_size(entry, name));
  return entry;
}

// Of a linear layer at least its weights' bytes: how much padding and scales it has is known to engine/kernels.
Result<void> PackedFile::check_size(const PackedEntry& entry, const std::string& name) const {
  if (entry.begin > entry.end || entry.end > storage_->bytes().size())
    return damaged(
        fmt::format("its bytes [{}, {}) leave the file's {}", entry.begin, entry.end, storage_->bytes().size()), name);
  uint64_t values = 1;
  for (int64_t extent : entry.shape)
    if (__builtin_mul_overflow(values, static_cast<uint64_t>(extent), &values) ||
        values > static_cast<uint64_t>(kValuesMax))
      return damaged("has too many values", name);
  const uint64_t need = values * packed_element_bytes(entry.element), has = entry.end - entry.begin;
  if (entry.kind == PackedKind::kLinear ? has < need : has != need)
    return damaged(fmt::format("has {} bytes where its shape needs {}", has, need), name);
  return {};
}

Result<const PackedEntry*> PackedFile::find(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found != entries_.end()) return &found->second;
  std::vector<std::string_view> names;
  for (const auto& [known, entry] : entries_) names.push_back(known);
  return fail(Code::kNotFound, "no such weights", fmt::format("{}: {}", path_, name), suggest(name, names));
}

Result<void> PackedFile::check_contents() const {
  std::vector<std::pair<std::string_view, const PackedEntry*>> order;
  for (const auto& [name, entry] : entries_) order.emplace_back(name, &entry);
  std::ranges::sort(order, {}, [](const auto& one) { return one.second->begin; });
  uint64_t at = data_begin_;
  for (const auto& [name, entry] : order) {
    if (!all_zero(storage_->bytes().subspan(at, entry->begin - at))) return damaged("bytes before it", name);
    if (sha256(text_of(bytes(*entry))) != entry->digest) return damaged("does not match its digest", name);
    at = entry->end;
  }
  return {};
}

}  // namespace fovea::weights
