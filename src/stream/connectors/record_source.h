// A source whose events are records of one growing file or pipe, one after another: lines of JSON, rows of CSV,
// messages of an mbox. Reads in pieces, so the file may be of any size; a record past its limit is skipped and becomes
// an event that is not decoded. Its cursor holds the offset, the line, and digests of the file's first and last bytes
// read, by which a file that was replaced or cut is noticed.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "stream/connectors/byte_stream.h"
#include "stream/connectors/limits.h"
#include "stream/connectors/source.h"

namespace fovea::connectors {

// One record as it lies in the file.
struct Record {
  std::string_view bytes;  // without its line end; valid during the call
  uint64_t line = 1;       // of its first byte
  bool too_long = false;   // `bytes` is then only its beginning
};

// How records are told apart and what events they make. Values only: no state of reading.
class RecordFormat {
 public:
  virtual ~RecordFormat() = default;
  virtual uint64_t record_bytes_max() const = 0;
  // The end of the first record of `buffer` (past its line end), or npos while it is not there yet. `scanned`: how far
  // earlier calls looked; moves on. `at_end`: no more bytes will follow the buffer.
  virtual size_t end_of_record(std::string_view buffer, size_t& scanned, bool at_end) = 0;
  virtual void begin_file() = 0;                       // what follows is the first record of a file
  virtual bool needs_header() const { return false; }  // has yet to see the record that names the others' fields
  // nullopt: the record is none (an empty line, a header).
  virtual std::optional<record::Event> event_of(const Record& record, TimePoint now) = 0;
};

class RecordSource final : public Source {
 public:
  // `shown` names the file in `original`.
  RecordSource(SourceOptions options, std::string shown, std::unique_ptr<ByteStream> stream,
               std::unique_ptr<RecordFormat> format);

  const std::string& name() const override { return options_.name; }
  Result<Pulled> pull(size_t events_max, TimePoint now, Nanos wait) override;
  std::string cursor() const override;
  Result<void> resume(std::string_view cursor) override;
  void acknowledge(std::string_view, std::span<const Receipt>) override {}
  void stop() override;

 private:
  enum class Step { kEvent, kNothing, kEnd };
  Result<Step> step(Pulled& out, TimePoint now, Nanos wait);
  Result<bool> read_more(Nanos wait);
  Result<void> replay_header(uint64_t before);
  void take(size_t end, bool too_long, Pulled& out, TimePoint now);
  void drop_scanned();
  void begin_again(std::string why);
  bool same_file();

  SourceOptions options_;
  std::string shown_;
  std::unique_ptr<ByteStream> stream_;
  std::unique_ptr<RecordFormat> format_;
  std::string buffer_;
  size_t taken_ = 0;     // bytes of buffer_ that records were cut from
  size_t scanned_ = 0;   // from taken_ on
  uint64_t offset_ = 0;  // of buffer_[taken_] in the file
  uint64_t line_ = 1;
  std::string head_, tail_;  // the first and the last bytes before offset_
  bool skipping_ = false;    // within a record past its limit: what was looked at is dropped, but for its beginning
  uint64_t skipped_ = 0, skipped_lines_ = 0;
  std::string skipped_beginning_;
  bool at_end_ = false;  // the last read gave nothing
  std::vector<std::string> notices_;
  std::mutex mutex_;
  std::condition_variable woken_;
  std::atomic<bool> stopped_{false};
};

}  // namespace fovea::connectors
