// The durable state of one folder.
// Journey: after decide, before act. What commit() returned for is on the disk.
// Threads: one writer (commit); readers open their own Store with read_only.
// Errors: see README. A failed commit keeps nothing of its turn.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "record/leaf.h"
#include "record/verdict.h"
#include "store/sqlite.h"
#include "store/turn.h"

namespace fovea::store {

struct Options {
  std::string dir;
  bool read_only = false;
  std::string vfs;   // for the simulator
  std::string flow;  // whose events, cursors, windows and effects; empty, for readers: effects of all
};

struct Totals {
  int64_t ingested = 0, decided = 0, dead = 0, late = 0, dropped = 0, duplicates = 0;
  int64_t effects_open = 0, effects_committed = 0, effects_failed = 0, effects_undone = 0, effects_cancelled = 0;
  int64_t reviews_open = 0, reviews_resolved = 0, undos = 0, leaves = 0;
};

// A decision as it was kept.
struct Found {
  int64_t seq = 0;
  record::Decision decision;
  std::string payload_digest;  // raw 32 bytes
  std::string original;
  int64_t leaf = -1;
  std::string salt;
};

struct Review {
  int64_t seq = 0;
  std::string queue, state, event_id, by, label;
  TimePoint opened, resolved;
};

// An entry of the audit log beside the row that it proves. The row's parts are as they stand: a damaged one is found by
// whoever compares them.
struct Proven {
  enum class Of { kNothing, kDecision, kReview, kUndo };
  uint64_t index = 0;
  Of of = Of::kNothing;
  std::string leaf, decision, salt;  // `decision` is JSON; of an undo, what was decided last
  int64_t seq = 0;
  std::string payload_digest;          // raw; empty: none was kept
  std::optional<std::string> payload;  // none: expired
  std::string by, label, detail;       // of a review: by, label; of an undo: detail
  TimePoint at;                        // of an undo
};

class Store {
 public:
  static Result<std::unique_ptr<Store>> create(const Options& options);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Keeps the turn: gives each event its `seq`, each effect its `id`, each proof its place in the log. An effect whose
  // (flow, key) is known already is left out (id 0). Deletes payloads that expired before `now`.
  Result<void> commit(Turn& turn);

  // Those of the ids that are kept already: how often, and when last.
  struct Seen {
    int64_t times = 0;
    TimePoint last;
  };
  Result<std::map<std::string, Seen>> seen(const std::string& source, std::span<const std::string> ids);
  Result<std::string> cursor(const std::string& source);  // "" if none
  Result<std::map<std::string, std::string>> windows(const std::string& prefix);
  Result<Totals> totals();

  // Held, pending and undoing effects whose time has come. Undoing goes backwards: of an event's effects that are being
  // undone only the last one is given.
  Result<std::vector<record::Effect>> open_effects(TimePoint due, size_t max);
  Result<std::vector<record::Effect>> attempted_effects();  // begun and not known to have ended
  Result<std::vector<record::Effect>> effects_in(record::EffectState state, size_t max);
  Result<std::optional<TimePoint>> next_effect_time();  // of those held and pending
  Result<bool> any_pending();                           // held ones are not
  Result<std::vector<record::Effect>> effects_of(int64_t seq);
  Result<std::optional<record::Effect>> effect(int64_t id);

  Result<std::optional<Found>> find(
      const std::string& event_id);  // exact id, or a unique prefix of at least 6 bytes, or "#SEQ"
  // What became of the source's event of exactly this id, when it came last; nothing: it is not kept.
  Result<std::optional<record::Verdict>> verdict(const std::string& source, const std::string& id);
  Result<std::vector<Found>> decisions(int64_t from_seq, size_t max);
  Result<std::optional<std::string>> payload(std::string_view digest);
  Result<std::vector<record::DeadLetter>> dead_letters(size_t max);
  Result<std::vector<Review>> reviews(const std::string& queue, bool open_only, size_t max);
  Result<std::optional<record::Decision>> reviewed(int64_t seq);  // what a person's answer made of the event
  Result<std::vector<Proven>> proven(uint64_t from, size_t max);
  Result<int64_t> unproven();  // decisions, reviews and undos less the entries that prove them: 0
  Result<std::vector<record::Leaf>> leaves(uint64_t from, size_t max);
  Result<std::vector<std::pair<std::string, int64_t>>> rungs();  // decided events by rung

  // Everything that must hold: SQLite's own integrity, counts, every decided event
  // with its leaf, payload digests, effect states. Gives the faults found, one line
  // each; empty: sound.
  Result<std::vector<std::string>> check();

 private:
  struct Prepared;
  Store(std::unique_ptr<Database> db, const Options& options);
  Result<void> keep_event(Kept& kept, TimePoint now);
  Result<void> keep_effects(int64_t seq, std::vector<record::Effect>& effects);
  Result<void> keep_leaf(int64_t seq, Proof& proof);
  Result<void> keep_dead_letter(int64_t seq, const record::DeadLetter& dead);
  Result<void> keep_resolution(Resolution& resolution);
  Result<void> keep_undo(Undo& undo);
  Result<void> keep_turn(Turn& turn);
  Result<std::vector<record::Effect>> read_effects(Statement& select);

  std::unique_ptr<Database> db_;
  std::string flow_;
  std::unique_ptr<Prepared> prepared_;
  std::unique_ptr<Statement> due_;
  int lock_fd_ = -1;
  int64_t next_leaf_ = 0;
};

}  // namespace fovea::store
