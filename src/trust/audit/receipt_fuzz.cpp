// Any bytes as a receipt, and as a bundle and a tile of any width (first byte): an error, or a value that writes the
// same bytes.
#include <cstdint>
#include <cstdlib>

#include "trust/audit/receipt.h"
#include "trust/audit/tiles.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fovea::audit;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  static const VerifyKey key = SigningKey::from_seed("fuzz.example/log", {}).verify_key();
  if (auto receipt = parse_receipt(text)) {
    auto again = parse_receipt(receipt_text(*receipt));
    if (!again || again->entry != receipt->entry || again->proof != receipt->proof) std::abort();
    if (verify_receipt(*receipt, key)) std::abort();  // nobody holds the key
  }
  if (size == 0) return 0;
  uint64_t width = data[0] + 1u;
  std::string_view rest = text.substr(1);
  if (auto entries = parse_bundle(rest, width)) {
    if (entries->size() != width) std::abort();
    std::string bundle;
    for (std::string_view entry : *entries) {
      if (!add_entry(entry, bundle)) std::abort();
    }
    if (bundle != rest) std::abort();
  }
  if (auto hashes = parse_tile(rest, width); hashes && tile_bytes(*hashes) != rest) std::abort();
  return 0;
}
