#include "stream/connectors/folder_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace fovea::connectors {
namespace {

// Change times tick by up to 10 ms: a file changed within this time may get a sibling with the same time.
constexpr int64_t kTickNs = 20'000'000;
constexpr int64_t kFutureNs = 1'000'000'000;  // a change time past this is no measure of anything
constexpr uint64_t kBatchBytesMax = 64u << 20;

int64_t wall_ns() {
  return std::chrono::duration_cast<Nanos>(std::chrono::system_clock::now().time_since_epoch()).count();
}
Nanos steady_now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}
int64_t ns_of(const timespec& time) {
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

// Editors' and copiers' names for what is not there yet.
bool is_passing(std::string_view name) {
  if (name.empty() || name.front() == '.' || name.ends_with('~')) return true;
  for (std::string_view end : {".tmp", ".part", ".partial", ".swp", ".crdownload", ".filepart"}) {
    if (name.ends_with(end)) return true;
  }
  return false;
}

std::string identity(const FolderFile& file, bool maildir) {
  return maildir ? file.name : fmt::format("{}/{}/{}", file.name, file.bytes, file.modified.ns);
}

}  // namespace

bool open_for_writing(const std::string& path, bool& known) {
  known = false;
  int file = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return false;
  // A read lease is granted only while nobody has the file open for writing (fcntl(2)).
  int granted = ::fcntl(file, F_SETLEASE, F_RDLCK);
  int error = errno;
  known = granted == 0 || error == EAGAIN;
  if (granted == 0) ::fcntl(file, F_SETLEASE, F_UNLCK);
  ::close(file);
  return granted != 0 && error == EAGAIN;
}

FolderSource::FolderSource(SourceOptions options, FolderLayout layout, uint64_t file_bytes_max, FileReader reader,
                           Files& files)
    : options_(std::move(options)),
      layout_(std::move(layout)),
      file_bytes_max_(file_bytes_max),
      reader_(std::move(reader)),
      files_(files) {}

Result<Pulled> FolderSource::pull(size_t events_max, TimePoint now, Nanos wait) {
  Pulled out;
  uint64_t bytes = 0;
  Nanos until = steady_now() + wait;
  while (out.events.size() < events_max && bytes < kBatchBytesMax) {
    if (!pass_.empty()) {
      FolderFile file = std::move(pass_.front());
      pass_.pop_front();
      take(file, now, out, bytes);
      last_ = file.name;
      continue;
    }
    FOVEA_TRY(Look found, look());
    if (found == Look::kFound) continue;
    if (stopped_ || (options_.once && found == Look::kNothing)) {
      out.exhausted = true;
      break;
    }
    Nanos left = until - steady_now();
    if (!out.events.empty() || left <= Nanos(0)) break;
    Nanos pause = found == Look::kUnsettled ? Nanos(kTickNs) : Nanos(kPollEvery);
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, std::min(left, pause), [&] { return stopped_.load(); });
  }
  return out;
}

bool FolderSource::take(const FolderFile& file, TimePoint now, Pulled& out, uint64_t& bytes) {
  taken_.insert(identity(file, layout_.maildir));
  record::Event event;
  auto content = files_.read(file.path, 0, file_bytes_max_ + 1);
  if (!content && content.error().code == Code::kNotFound) return false;  // it was taken away again: nothing came in
  if (!content) {
    event.decoded = false;
    event.id = fmt::format("{}-{}", file.name, file.modified.ns);
    event.problem = content.error().message;
  } else if (content->size() > file_bytes_max_) {
    event.decoded = false;
    event.id = fmt::format("{}-{}-{}", file.name, file.bytes, file.modified.ns);
    event.problem = fmt::format("{} bytes; a file here may have {}", file.bytes, file_bytes_max_);
  } else {
    event = reader_(file, *content, now);
    bytes += content->size();
  }
  event.source = options_.name;
  event.received = now;
  event.original = file.shown;
  if (event.time.ns == 0) event.time = file.modified;
  if (!event.fields.contains("id")) event.fields["id"] = event.id;
  if (!event.fields.contains("source")) event.fields["source"] = event.source;
  out.events.push_back(std::move(event));
  return true;
}

Result<std::vector<FolderFile>> FolderSource::list() const {
  std::vector<FolderFile> found;
  for (const std::string& folder : layout_.folders) {
    std::string dir = folder.empty() ? layout_.root : layout_.root + "/" + folder;
    FOVEA_TRY(std::vector<std::string> names, files_.list(dir));
    for (std::string& name : names) {
      if (is_passing(name)) continue;
      std::string path = dir + "/" + name;
      struct stat facts{};
      if (::stat(path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) continue;
      std::string shown = layout_.shown + "/" + (folder.empty() ? name : folder + "/" + name);
      std::string known = layout_.maildir ? name.substr(0, name.find(':')) : name;
      found.push_back({std::move(path), std::move(shown), std::move(known), ns_of(facts.st_ctim),
                       TimePoint{ns_of(facts.st_mtim)}, static_cast<uint64_t>(facts.st_size)});
    }
  }
  std::ranges::sort(found, {}, &FolderFile::name);
  return found;
}

bool FolderSource::is_done(const FolderFile& file) const {
  if (taken_.contains(identity(file, layout_.maildir))) return true;
  if (file.changed_ns <= resumed_done_ns_) return true;
  return file.changed_ns <= resumed_mark_ns_ && file.name <= resumed_last_;
}

// Looks at the folder once and makes the next pass of what is new and settled.
Result<FolderSource::Look> FolderSource::look() {
  int64_t now = wall_ns();
  FOVEA_TRY(std::vector<FolderFile> all, list());
  bool continuing = resumed_mark_ns_ != INT64_MIN;  // the pass that a restart interrupted comes first
  int64_t settle = options_.once || layout_.maildir ? kTickNs : std::chrono::nanoseconds(kSettle).count();
  int64_t mark = continuing ? resumed_mark_ns_ : now - settle;
  bool unsettled = false;
  std::unordered_set<std::string> present;
  std::vector<FolderFile> ready;
  for (FolderFile& file : all) {
    present.insert(identity(file, layout_.maildir));
    if (is_done(file)) {
      taken_.insert(identity(file, layout_.maildir));
      continue;
    }
    bool in_future = file.changed_ns > now + kFutureNs;
    if (file.changed_ns > mark && !in_future) {
      unsettled = true;
      continue;
    }
    bool known = false;
    bool held = !layout_.maildir && open_for_writing(file.path, known);
    bool recent = now - file.changed_ns < std::chrono::nanoseconds(kSettle).count();
    if (held || (!layout_.maildir && !known && recent)) {
      unsettled = true;
      mark = std::min(mark, file.changed_ns - 1);  // a restart must look at it again
      continue;
    }
    ready.push_back(std::move(file));
  }
  std::erase_if(taken_, [&](const std::string& each) { return !present.contains(each); });
  if (!continuing) done_ns_ = std::max(done_ns_, mark_ns_);  // the pass before this one was taken as a whole
  mark_ns_ = std::max(mark, done_ns_);
  last_.clear();
  if (continuing) {
    last_ = resumed_last_;
    resumed_done_ns_ = std::max(resumed_done_ns_, resumed_mark_ns_);
    resumed_mark_ns_ = INT64_MIN;
    unsettled = true;  // look again for what came since
  }
  for (FolderFile& file : ready) pass_.push_back(std::move(file));
  if (!pass_.empty()) return Look::kFound;
  return unsettled ? Look::kUnsettled : Look::kNothing;
}

std::string FolderSource::cursor() const {
  JsonObject out;
  out["done"] = done_ns_;
  out["mark"] = mark_ns_;
  out["last"] = last_;
  return to_text(Json(std::move(out)));
}

Result<void> FolderSource::resume(std::string_view cursor) {
  auto parsed = parse_json(cursor);
  auto number = [&](std::string_view name) -> const int64_t* {
    return parsed ? member(*parsed, name).if_int64() : nullptr;
  };
  if (!number("done") || !number("mark"))
    return fail(Code::kInvalidArgument, "not a cursor of this source", options_.name);
  done_ns_ = resumed_done_ns_ = *number("done");
  mark_ns_ = resumed_mark_ns_ = *number("mark");
  last_ = resumed_last_ = std::string(text_or(member(*parsed, "last"), ""));
  return {};
}

void FolderSource::stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  woken_.notify_all();
}

}  // namespace fovea::connectors
