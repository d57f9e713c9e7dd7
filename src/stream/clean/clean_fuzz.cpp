// Any bytes as a text or as HTML: no crash, UTF-8 out.
#include <cstdlib>

#include "base/utf8.h"
#include "stream/clean/clean.h"
#include "stream/clean/html_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  fovea::clean::Tricks tricks;
  if (!fovea::is_utf8(fovea::clean::html_to_text(bytes, tricks))) std::abort();
  if (!fovea::is_utf8(fovea::clean::clean_text(bytes, {}).text)) std::abort();
  return 0;
}
