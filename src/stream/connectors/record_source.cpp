#include "stream/connectors/record_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"

namespace fovea::connectors {
namespace {

constexpr size_t kHeadBytes = 1024;
constexpr size_t kTailBytes = 64;
constexpr size_t kBeginningBytes = 4096;  // of a record past its limit: enough for its id and for kHeadBytes
constexpr size_t kNothing = std::string_view::npos;

std::string mark(std::string_view bytes) {
  return to_hex(bytes_of(sha256(bytes))).substr(0, 16);
}

Nanos steady_now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

}  // namespace

RecordSource::RecordSource(SourceOptions options, std::string shown, std::unique_ptr<ByteStream> stream,
                           std::unique_ptr<RecordFormat> format)
    : options_(std::move(options)), shown_(std::move(shown)), stream_(std::move(stream)), format_(std::move(format)) {
  format_->begin_file();
}

Result<Pulled> RecordSource::pull(size_t events_max, TimePoint now, Nanos wait) {
  Pulled out;
  Nanos until = steady_now() + wait;
  while (out.events.size() < events_max) {
    Nanos left = std::max(Nanos(0), until - steady_now());
    FOVEA_TRY(Step step, this->step(out, now, out.events.empty() ? left : Nanos(0)));
    if (step == Step::kEvent) continue;
    if (step == Step::kEnd || stopped_) {
      out.exhausted = true;
      break;
    }
    left = until - steady_now();
    if (!out.events.empty() || left <= Nanos(0)) break;
    if (!stream_->seekable()) continue;  // a pipe has waited by itself
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, std::min<Nanos>(left, kPollEvery), [&] { return stopped_.load(); });
  }
  out.notices = std::exchange(notices_, {});
  return out;
}

// Cuts one record from the buffer, reading as much as that takes.
Result<RecordSource::Step> RecordSource::step(Pulled& out, TimePoint now, Nanos wait) {
  while (true) {
    bool last = at_end_ && (stream_->ended() || options_.once || (stopped_ && !stream_->seekable()));
    std::string_view rest = std::string_view(buffer_).substr(taken_);
    size_t end = rest.empty() ? kNothing : format_->end_of_record(rest, scanned_, last);
    if (end != kNothing) {
      size_t before = out.events.size();
      take(end, skipping_ || end > format_->record_bytes_max() + 2, out, now);
      skipping_ = false;
      if (out.events.size() > before) return Step::kEvent;
      continue;
    }
    if (rest.size() > format_->record_bytes_max() + 2) drop_scanned();
    if (last) return Step::kEnd;
    FOVEA_TRY(bool more, read_more(wait));
    if (!more) {
      at_end_ = true;
      if (options_.once || stream_->ended()) continue;
      return Step::kNothing;
    }
    at_end_ = false;
  }
}

Result<bool> RecordSource::read_more(Nanos wait) {
  if (taken_ > 0 && (taken_ == buffer_.size() || taken_ > kReadBytes)) {
    buffer_.erase(0, taken_);
    taken_ = 0;
  }
  uint64_t at = offset_ + skipped_ + (buffer_.size() - taken_);
  FOVEA_TRY(std::string bytes, stream_->read(at, kReadBytes, wait));
  if (bytes.empty()) {
    if (!stream_->seekable()) return false;
    FOVEA_TRY(uint64_t size, stream_->size());
    if (size >= at) return false;
    begin_again(fmt::format("{} became shorter: read again from its start", shown_));
    return true;
  }
  // What was appended to a file that had been read to its end may be another file under the same name.
  if (at_end_ && stream_->seekable() && !same_file()) {
    begin_again(fmt::format("{} was replaced: read again from its start", shown_));
    return true;
  }
  buffer_ += bytes;
  return true;
}

// Within a record past its limit: keeps its beginning, and the last bytes, in which its end may have begun.
void RecordSource::drop_scanned() {
  skipping_ = true;
  if (scanned_ <= kTailBytes) return;
  size_t count = scanned_ - kTailBytes;
  std::string_view dropped = std::string_view(buffer_).substr(taken_, count);
  if (skipped_ == 0) skipped_beginning_ = dropped.substr(0, kBeginningBytes);
  skipped_lines_ += static_cast<uint64_t>(std::ranges::count(dropped, '\n'));
  skipped_ += count;
  buffer_.erase(taken_, count);
  scanned_ = kTailBytes;
}

void RecordSource::take(size_t end, bool too_long, Pulled& out, TimePoint now) {
  std::string_view whole = std::string_view(buffer_).substr(taken_, end);
  std::string_view bytes = whole;
  if (bytes.ends_with('\n')) bytes.remove_suffix(1);
  if (bytes.ends_with('\r')) bytes.remove_suffix(1);
  std::string_view beginning = skipped_ > 0 ? std::string_view(skipped_beginning_) : whole.substr(0, kBeginningBytes);
  if (too_long) bytes = beginning;
  if (auto event = format_->event_of({bytes, line_, too_long}, now)) {
    event->source = options_.name;
    event->received = now;
    if (event->original.empty()) event->original = fmt::format("{}:{}", shown_, line_);
    if (too_long) {
      event->decoded = false;
      event->problem = fmt::format("longer than the {} bytes that one record may have", format_->record_bytes_max());
    }
    if (!event->fields.contains("id")) event->fields["id"] = event->id;
    if (!event->fields.contains("source")) event->fields["source"] = event->source;
    out.events.push_back(std::move(*event));
  }
  line_ += skipped_lines_ + static_cast<uint64_t>(std::ranges::count(whole, '\n'));
  std::string_view first = skipped_ > 0 ? std::string_view(skipped_beginning_) : whole;
  if (head_.size() < kHeadBytes) head_ += first.substr(0, kHeadBytes - head_.size());
  tail_ =
      whole.size() >= kTailBytes ? std::string(whole.substr(whole.size() - kTailBytes)) : tail_ + std::string(whole);
  if (tail_.size() > kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
  taken_ += end;
  offset_ += skipped_ + end;
  scanned_ = skipped_ = skipped_lines_ = 0;
}

void RecordSource::begin_again(std::string why) {
  notices_.push_back(std::move(why));
  buffer_.clear();
  head_.clear();
  tail_.clear();
  taken_ = scanned_ = 0;
  offset_ = skipped_ = skipped_lines_ = 0;
  line_ = 1;
  skipping_ = at_end_ = false;
  format_->begin_file();
}

bool RecordSource::same_file() {
  auto head = stream_->read(0, head_.size(), Nanos(0));
  return head && *head == head_;
}

std::string RecordSource::cursor() const {
  JsonObject out;
  out["offset"] = offset_;
  out["line"] = line_;
  out["head_bytes"] = head_.size();
  out["head"] = mark(head_);
  out["tail"] = mark(tail_);
  return to_text(Json(std::move(out)));
}

Result<void> RecordSource::resume(std::string_view cursor) {
  auto parsed = parse_json(cursor);
  const Json* offset = parsed && parsed->is_object() ? parsed->get_object().if_contains("offset") : nullptr;
  if (offset == nullptr) return fail(Code::kInvalidArgument, "not a cursor of this source", options_.name);
  if (!stream_->seekable()) return {};  // what is piped in begins anew
  auto at = static_cast<uint64_t>(number_or(*offset, 0));
  auto head_bytes = static_cast<size_t>(number_or(member(*parsed, "head_bytes"), 0));
  FOVEA_TRY(uint64_t size, stream_->size());
  if (size < at) {
    begin_again(fmt::format("{} became shorter: read again from its start", shown_));
    return {};
  }
  FOVEA_TRY(std::string head, stream_->read(0, std::min(head_bytes, kHeadBytes), Nanos(0)));
  size_t tail_bytes = static_cast<size_t>(std::min<uint64_t>(at, kTailBytes));
  FOVEA_TRY(std::string tail, stream_->read(at - tail_bytes, tail_bytes, Nanos(0)));
  if (mark(head) != text_or(member(*parsed, "head"), "") || mark(tail) != text_or(member(*parsed, "tail"), "")) {
    begin_again(fmt::format("{} was replaced: read again from its start", shown_));
    return {};
  }
  FOVEA_OK(replay_header(at));
  head_ = std::move(head);
  tail_ = std::move(tail);
  buffer_.clear();
  taken_ = scanned_ = 0;
  offset_ = at;
  line_ = static_cast<uint64_t>(number_or(member(*parsed, "line"), 1));
  return {};
}

// Lets the format see a header again (a CSV's) that stands before `before`, without making an event of it.
Result<void> RecordSource::replay_header(uint64_t before) {
  if (!format_->needs_header()) return {};
  FOVEA_TRY(std::string start,
            stream_->read(0, static_cast<size_t>(std::min<uint64_t>(before, 2 * kReadBytes)), Nanos(0)));
  uint64_t line = 1;
  for (std::string_view rest = start; !rest.empty() && format_->needs_header();) {
    size_t scanned = 0;
    size_t end = format_->end_of_record(rest, scanned, true);
    std::string_view bytes = rest.substr(0, end);
    bool too_long = bytes.size() > format_->record_bytes_max() + 2;
    if (bytes.ends_with('\n')) bytes.remove_suffix(1);
    if (bytes.ends_with('\r')) bytes.remove_suffix(1);
    format_->event_of({bytes, line, too_long}, TimePoint{});
    line += static_cast<uint64_t>(std::ranges::count(rest.substr(0, end), '\n'));
    rest.remove_prefix(end);
  }
  return {};
}

void RecordSource::stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  woken_.notify_all();
  stream_->wake();
}

}  // namespace fovea::connectors
