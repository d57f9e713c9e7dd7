// Whatever a packed file holds, asking it for weights of the shapes that it claims gives them or an error, and linear
// layers that it gives can be run. Header and entries are made to match their digests first.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/check.h"
#include "engine/models/packed_weights.h"

namespace {

using namespace fovea;

void seal(std::byte* bytes, size_t size) {
  if (size < weights::kPackedPrefixBytes + weights::kPackedDigestBytes) return;
  uint32_t header = 0;
  std::memcpy(&header, bytes + 12, sizeof header);
  if (header < weights::kPackedDigestBytes || header > size) return;
  const size_t end = header - weights::kPackedDigestBytes;
  const auto digest = sha256({reinterpret_cast<const char*>(bytes), end});
  std::memcpy(bytes + end, digest.data(), digest.size());
}

void run(const kernels::PackedLinear& linear) {
  if (linear.in() * linear.out() > 1 << 16) return;
  tensor::Arena arena;
  const tensor::Arena::Scope scope(arena);
  const tensor::Matrix x = arena.matrix(3, linear.in()), y = arena.matrix(3, linear.out());
  for (int64_t r = 0; r < x.rows; ++r)
    for (float& value : x.row(r)) value = static_cast<float>(r) - 1;
  linear.run(*kernels::available_isas().back(), x, y, arena);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto storage = tensor::Storage::allocate(size);
  if (size > 0) std::memcpy(storage->writable(), data, size);
  seal(storage->writable(), size);
  auto parsed = weights::PackedFile::parse(std::move(storage), "fuzz");
  if (!parsed) return 0;
  const auto file = std::make_shared<const weights::PackedFile>(std::move(*parsed));
  std::set<std::string> asked;
  const models::PackedWeights source(file, "", asked);
  for (const auto& [name, entry] : file->entries()) {
    if (entry.shape.size() == 2) {
      const auto rows = source.rows(name, entry.shape[0], entry.shape[1]);
      if (rows) {
        std::vector<float> row(static_cast<size_t>(entry.shape[1]));
        rows->read(entry.shape[0] - 1, row);
      }
      for (const auto precision : {kernels::Precision::kFp32, kernels::Precision::kBf16, kernels::Precision::kInt8}) {
        const auto linear = source.linear({.name = name,
                                           .out = entry.shape[0],
                                           .in = entry.shape[1],
                                           .options = {.precision = precision, .portable = entry.portable}});
        if (linear) run(*linear);
      }
    }
    if (const auto tensor = source.tensor(name, entry.shape)) FOVEA_CHECK(tensor->shape() == entry.shape);
  }
  return 0;
}
