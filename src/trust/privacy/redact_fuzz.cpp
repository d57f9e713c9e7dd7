// Any bytes: spans in order, apart, and within the text.
#include <cstdlib>

#include "trust/privacy/redact.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fovea::privacy;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  size_t at = 0;
  for (const Span& span : find_personal_data(text, Kinds::all())) {
    if (span.begin < at || span.end <= span.begin || span.end > text.size()) std::abort();
    at = span.end;
  }
  Counts counts;
  redact_text(text, Kinds::all(), counts);
  return 0;
}
