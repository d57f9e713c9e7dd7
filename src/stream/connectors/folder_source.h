// A source whose events are the files of a folder: messages (plain folder or Maildir) or whatever is dropped in
// (watched). Files are taken in the order of their names within one look at the folder; files that come later are taken
// by the next look. A file that is still being written is left: it is open for writing somewhere, or was changed within
// kSettle. Its cursor holds how far looks have come, by the files' change times (ctime: also new for a file that was
// moved in), so that it stays small with a million files. A touched file may be read twice; its id then tells the
// duplicate.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <unordered_set>

#include "stream/connectors/limits.h"
#include "stream/connectors/source.h"

namespace fovea::connectors {

// One file of the folder, as it was when it was looked at.
struct FolderFile {
  std::string path;        // to read it by
  std::string shown;       // "inbox/001.eml"
  std::string name;        // what it is ordered and known by; for Maildir without folder and flags
  int64_t changed_ns = 0;  // ctime
  TimePoint modified;      // mtime
  uint64_t bytes = 0;
};

// Makes the event of one file; `bytes` is its content. Sets everything but source and received.
using FileReader = std::function<record::Event(const FolderFile& file, std::string_view bytes, TimePoint now)>;

struct FolderLayout {
  std::string root, shown;           // the folder, and how it stands in the flow
  std::vector<std::string> folders;  // to look into, below root: {""} or {"new", "cur"}
  bool maildir = false;              // files are put there as a whole, and renamed later
};

class FolderSource final : public Source {
 public:
  FolderSource(SourceOptions options, FolderLayout layout, uint64_t file_bytes_max, FileReader reader, Files& files);

  const std::string& name() const override { return options_.name; }
  Result<Pulled> pull(size_t events_max, TimePoint now, Nanos wait) override;
  std::string cursor() const override;
  Result<void> resume(std::string_view cursor) override;
  void acknowledge(std::string_view, std::span<const Receipt>) override {}
  void stop() override;

 private:
  enum class Look { kFound, kUnsettled, kNothing };
  Result<Look> look();
  Result<std::vector<FolderFile>> list() const;
  bool is_done(const FolderFile& file) const;
  bool take(const FolderFile& file, TimePoint now, Pulled& out, uint64_t& bytes);

  SourceOptions options_;
  FolderLayout layout_;
  uint64_t file_bytes_max_;
  FileReader reader_;
  Files& files_;
  std::deque<FolderFile> pass_;                                        // found by the last look and not yet taken
  std::unordered_set<std::string> taken_;                              // by this process: name, size and time of change
  int64_t done_ns_ = INT64_MIN;                                        // every file changed up to here was taken
  int64_t mark_ns_ = INT64_MIN;                                        // the pass holds files changed up to here
  std::string last_;                                                   // the last name that the pass took
  int64_t resumed_done_ns_ = INT64_MIN, resumed_mark_ns_ = INT64_MIN;  // as the cursor said; INT64_MIN: no open pass
  std::string resumed_last_;
  std::mutex mutex_;
  std::condition_variable woken_;
  std::atomic<bool> stopped_{false};
};

// True where some process has the file open for writing; false where none has, or where the system does not tell
// (`known` is then false).
bool open_for_writing(const std::string& path, bool& known);

}  // namespace fovea::connectors
