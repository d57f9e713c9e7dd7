// Any bytes as JSON Lines, CSV or mbox (by the first byte), read in small batches and again from every cursor's place:
// no crash, no endless loop, no record lost between two batches.
#include <cstdlib>

#include "stream/connectors/csv.h"
#include "stream/connectors/jsonl.h"
#include "stream/connectors/mbox.h"

namespace {

using namespace fovea;
using namespace fovea::connectors;

class Memory final : public ByteStream {
 public:
  explicit Memory(std::string_view bytes) : bytes_(bytes) {}
  Result<std::string> read(uint64_t offset, size_t bytes_max, Nanos) override {
    // What goes on is given in small pieces, so that records lie across them; marks are read as a whole.
    size_t count = bytes_max == kReadBytes ? 37 : bytes_max;
    return std::string(bytes_.substr(std::min<size_t>(offset, bytes_.size()), count));
  }
  Result<uint64_t> size() override { return bytes_.size(); }
  bool ended() const override { return false; }
  bool seekable() const override { return true; }
  void wake() override {}

 private:
  std::string_view bytes_;
};

std::unique_ptr<RecordFormat> format_of(uint8_t kind) {
  return kind % 3 == 0 ? jsonl_format() : kind % 3 == 1 ? csv_format() : mbox_format("m");
}

size_t read_all(uint8_t kind, std::string_view bytes, bool restarting) {
  size_t events = 0;
  std::string cursor;
  auto open = [&] {
    return std::make_unique<RecordSource>(SourceOptions{"fuzz", true}, "fuzz", std::make_unique<Memory>(bytes),
                                          format_of(kind));
  };
  auto source = open();
  for (size_t turn = 0; turn < bytes.size() + 4; ++turn) {
    auto pulled = source->pull(1, {1}, Nanos(0));
    if (!pulled) std::abort();
    events += pulled->events.size();
    if (pulled->exhausted) return events;
    if (!restarting) continue;
    cursor = source->cursor();
    source = open();
    if (!source->resume(cursor)) std::abort();
  }
  std::abort();  // it never ended
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1 || size > 4096) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (read_all(data[0], bytes, false) != read_all(data[0], bytes, true)) std::abort();
  return 0;
}
