// Any bytes are a file of weights or an error, never a crash; what is accepted can be loaded.
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/weights/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto storage = fovea::tensor::Storage::allocate(size);
  if (size > 0) std::memcpy(storage->writable(), data, size);
  const auto file = fovea::weights::SafeTensors::parse(storage, "fuzz");
  if (!file) return 0;
  for (const auto& [name, entry] : file->entries()) (void)file->load(name);
  return 0;
}
