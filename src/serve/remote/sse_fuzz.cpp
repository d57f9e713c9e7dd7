// Cut anywhere, a stream gives the same events; no event is over its limit.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "serve/remote/limits.h"
#include "serve/remote/sse.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fovea::remote;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  SseReader whole, parts;
  const auto all = whole.take(bytes);
  std::vector<std::string> got;
  bool failed = false;
  const size_t step = data[0] % 17 + 1;
  for (size_t at = 0; at < bytes.size() && !failed; at += step) {
    auto some = parts.take(bytes.substr(at, step));
    failed = !some;
    if (some) got.insert(got.end(), some->begin(), some->end());
  }
  if (failed != !all) std::abort();
  if (all && *all != got) std::abort();
  for (const auto& each : got)
    if (each.size() > kSseEventBytesMax) std::abort();
  return 0;
}
