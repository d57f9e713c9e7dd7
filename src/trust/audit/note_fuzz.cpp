// Any bytes as a signed note, a key, a checkpoint and a tile's path: an error, or a value that writes the same text.
#include <cstdint>
#include <cstdlib>

#include "trust/audit/checkpoint.h"
#include "trust/audit/tiles.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fovea::audit;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  static const SigningKey key = SigningKey::from_seed("fuzz.example/log", {});
  if (open_note(text, key.verify_key())) {
    // Nobody but the key's holder makes one: it must be one that this key would write over the same text.
    auto opened = *open_note(text, key.verify_key());
    if (text.find(opened) != 0) std::abort();
  }
  if (auto opened = open_note(sign_note(std::string(text) + "\n", key), key.verify_key())) {
    if (*opened != std::string(text) + "\n") std::abort();
  }
  if (auto checkpoint = parse_checkpoint_text(text)) {
    auto again = parse_checkpoint_text(checkpoint_text(*checkpoint));
    if (!again || again->root != checkpoint->root || again->size != checkpoint->size) std::abort();
  }
  if (auto parsed = VerifyKey::parse(text); parsed && parsed->text() != text) std::abort();
  if (auto parsed = SigningKey::parse(text); parsed && parsed->text() != text) std::abort();
  if (auto name = parse_tile_path(text)) {
    std::string path =
        name->entries ? bundle_path(name->index, name->width) : tile_path(name->level, name->index, name->width);
    if (path != text) std::abort();
  }
  return 0;
}
