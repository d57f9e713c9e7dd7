// Any bytes are a packed model file or an error, never a crash; of what is accepted every entry lies inside the file.
// The header's digest is made to fit first: without that nothing behind it would ever be looked at.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/check.h"
#include "engine/weights/packed_file.h"

namespace {

constexpr size_t kDigestBytes = fovea::weights::kPackedDigestBytes;

void seal(std::byte* bytes, size_t size) {
  if (size < fovea::weights::kPackedPrefixBytes + kDigestBytes) return;
  uint32_t header = 0;
  std::memcpy(&header, bytes + 12, sizeof header);
  if (header < kDigestBytes || header > size) return;
  const auto digest = fovea::sha256({reinterpret_cast<const char*>(bytes), header - kDigestBytes});
  std::memcpy(bytes + header - kDigestBytes, digest.data(), digest.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto storage = fovea::tensor::Storage::allocate(size);
  if (size > 0) std::memcpy(storage->writable(), data, size);
  seal(storage->writable(), size);
  const auto file = fovea::weights::PackedFile::parse(std::move(storage), "fuzz");
  if (!file) return 0;
  for (const auto& [name, entry] : file->entries()) {
    FOVEA_CHECK(entry.end <= size && entry.begin <= entry.end);
    FOVEA_CHECK(file->bytes(entry).size() == entry.end - entry.begin);
    FOVEA_CHECK(file->find(name).has_value());
  }
  (void)file->check_contents();
  return 0;
}
