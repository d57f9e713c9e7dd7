#include "base/csv.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fovea::CsvReader reader({reinterpret_cast<const char*>(data), size});
  while (true) {
    auto row = reader.next();
    if (!row || !*row) return 0;
  }
}
