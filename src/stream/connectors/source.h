// Where events come from: a port that every source implements (files, folders, mail, standard input, HTTP).
// Journey: the first arrow; pull() makes Events, flow redacts, decides and keeps them, then acknowledges.
// Threads: pull, cursor, resume and acknowledge from one thread; stop from any.
// Errors of pull: kNotFound, kPermissionDenied, kUnavailable when the source as a whole cannot be read. One bad line or
// file never stops it: that gives an Event with decoded = false and a `problem`.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "record/event.h"
#include "record/verdict.h"

namespace fovea::connectors {

struct Pulled {
  std::vector<record::Event> events;  // in order; ids, fields, times by default, before the flow's own expressions
  bool exhausted = false;             // nothing will follow, ever: a finished file under `once`, the end of a pipe
  std::vector<std::string> notices;   // for the operator: "events.jsonl was replaced: read again from its start"
};

// What became of one pulled event, in the order of pulling.
struct Receipt {
  std::string id;  // as finally kept (the flow's `id` expression may have changed it)
  bool duplicate = false;
  std::shared_ptr<const record::Verdict> verdict = {};  // where the source wants it; null of a duplicate
};

class Source {
 public:
  virtual ~Source() = default;
  // As it stands in the flow, "mail:./inbox": the `source` of its events.
  virtual const std::string& name() const = 0;
  // The next events, at most `events_max`. Live sources wait at most `wait` for the first one, then return none.
  virtual Result<Pulled> pull(size_t events_max, TimePoint now, Nanos wait) = 0;
  // The opaque position after everything pulled so far; kept in the transaction that keeps those events. Small (< 1
  // KiB).
  virtual std::string cursor() const = 0;
  // Goes on after a kept cursor; called before the first pull. A file that was replaced or cut since is read again from
  // its start with a notice (ids keep its events from being decided twice). Errors: kInvalidArgument, not a cursor.
  virtual Result<void> resume(std::string_view cursor) = 0;
  // Everything pulled up to `cursor` is durable. `receipts`: one per event pulled since the last call, or empty.
  virtual void acknowledge(std::string_view cursor, std::span<const Receipt> receipts) = 0;
  // Whether acknowledge() is to be told what became of the events, too.
  virtual bool wants_verdicts() const { return false; }
  // Wakes a waiting pull; from then on pull returns what is at hand and says exhausted.
  virtual void stop() = 0;
};

struct SourceOptions {
  std::string name;   // "jsonl:./events.jsonl"
  bool once = false;  // ends when what is there has been read; else follows what is appended or dropped in
};

// `kind`: mail, mbox, jsonl, csv, folder (watched), stdin (`path` is the format: jsonl). Borrows `files`.
// Errors: kInvalidArgument for an unknown kind (with a hint), kNotFound where nothing is at `path`.
// The HTTP source has another way in: http_source.h.
Result<std::unique_ptr<Source>> open_source(std::string_view kind, const std::string& path, SourceOptions options,
                                            Files& files);

}  // namespace fovea::connectors
