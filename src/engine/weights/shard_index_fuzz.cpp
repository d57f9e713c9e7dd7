// Any bytes are an index of shards or an error, never a crash; what is accepted names files of the folder alone.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "engine/weights/shard_index.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto index = fovea::weights::parse_shard_index({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!index) return 0;
  for (const std::string& shard : index->shards) FOVEA_CHECK(shard.find('/') == std::string::npos);
  for (const auto& [tensor, file] : index->files) FOVEA_CHECK(file.ends_with(".safetensors"));
  return 0;
}
