#include "store/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>

#include "base/digest.h"
#include "base/fault_point.h"
#include "store/prepared.h"
#include "store/schema.h"

namespace fovea::store {
namespace {

Result<int> lock_folder(const std::string& dir) {
  std::string path = dir + "/lock";
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail(Code::kPermissionDenied, "cannot create the lock file", path,
                "choose a folder that you may write to with --state");
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd);
    return fail(Code::kAborted, "another fovea writes to this state", dir,
                "wait for it to end, or use another --state");
  }
  return fd;
}

void bind_digest(Statement& statement, int at, const std::string& digest) {
  if (digest.empty()) {
    statement.bind_null(at);
  } else {
    statement.bind_blob(at, digest);
  }
}

}  // namespace

std::string_view fate_name(Fate fate) {
  switch (fate) {
    case Fate::kDecided:
      return "decided";
    case Fate::kDead:
      return "dead";
    case Fate::kLate:
      return "late";
    case Fate::kDropped:
      return "dropped";
  }
  return "decided";
}

Store::Store(std::unique_ptr<Database> db, const Options& options) : db_(std::move(db)), flow_(options.flow) {}

Store::~Store() {
  prepared_.reset();
  due_.reset();
  db_.reset();
  if (lock_fd_ >= 0) ::close(lock_fd_);
}

Result<std::unique_ptr<Store>> Store::create(const Options& options) {
  std::string path = options.dir + "/fovea.db";
  int lock_fd = -1;
  if (!options.read_only) {
    std::error_code error;
    std::filesystem::create_directories(options.dir, error);
    if (error) return fail(Code::kPermissionDenied, "cannot make the state folder: " + error.message(), options.dir);
    std::filesystem::permissions(options.dir, std::filesystem::perms::owner_all, error);
    FOVEA_TRY(lock_fd, lock_folder(options.dir));
  } else if (!std::filesystem::exists(path)) {
    return fail(Code::kNotFound, "there is no fovea state here", options.dir,
                "run a flow first, or name its folder with --state");
  }
  auto db = Database::open(path, options.read_only, options.vfs);
  if (!db) {
    if (lock_fd >= 0) ::close(lock_fd);
    return std::unexpected(db.error());
  }
  auto store = std::unique_ptr<Store>(new Store(std::move(*db), options));
  store->lock_fd_ = lock_fd;
  if (!options.read_only) {
    // 64 MiB of page cache; a checkpoint every 12,000 pages keeps the write-ahead log near 48 MiB.
    FOVEA_OK(
        store->db_->execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; "
                            "PRAGMA wal_autocheckpoint = 12000; PRAGMA temp_store = MEMORY"));
    FOVEA_OK(migrate(*store->db_));
  }
  FOVEA_TRY(store->prepared_, Prepared::create(*store->db_));
  FOVEA_TRY(Statement count, store->db_->prepare("SELECT COALESCE(MAX(position) + 1, 0) FROM leaves"));
  FOVEA_OK(count.step());
  store->next_leaf_ = count.integer(0);
  return store;
}

Result<void> Store::commit(Turn& turn) {
  int64_t first_leaf = next_leaf_;
  fault_point("store.begin");
  FOVEA_OK(db_->execute("BEGIN IMMEDIATE"));
  auto kept = keep_turn(turn);
  if (kept) {
    fault_point("store.commit");
    kept = db_->execute("COMMIT");
  }
  if (!kept) {
    next_leaf_ = first_leaf;
    (void)db_->execute("ROLLBACK");
    return kept;
  }
  fault_point("store.committed");
  return {};
}

Result<void> Store::keep_turn(Turn& turn) {
  for (Kept& each : turn.events) FOVEA_OK(keep_event(each, turn.now));
  for (Resolution& each : turn.resolutions) FOVEA_OK(keep_resolution(each));
  for (Undo& each : turn.undos) FOVEA_OK(keep_undo(each));
  for (const EffectChange& change : turn.effect_changes) {
    std::string outcome = to_text(change.outcome), undo = to_text(change.undo);
    Statement& update = prepared_->update_effect;
    update.bind(1, record::state_name(change.state)).bind(2, int64_t{change.attempts}).bind(3, change.not_before.ns);
    update.bind(4, change.last_error).bind(5, outcome).bind(7, change.id);
    if (!change.undo.is_null()) update.bind(6, undo);
    FOVEA_OK(update.run());
    if (change.dead) FOVEA_OK(keep_dead_letter(change.seq, *change.dead));
  }
  for (const auto& [source, cursor] : turn.cursors)
    FOVEA_OK(prepared_->put_cursor.bind(1, flow_).bind(2, source).bind(3, cursor).run());
  for (const auto& [name, state] : turn.windows) {
    FOVEA_OK(state.empty() ? prepared_->drop_window.bind(1, flow_).bind(2, name).run()
                           : prepared_->put_window.bind(1, flow_).bind(2, name).bind_blob(3, state).run());
  }
  if (turn.duplicates > 0)
    FOVEA_OK(prepared_->add_total.bind(1, std::string_view("duplicates")).bind(2, turn.duplicates).run());
  return prepared_->expire.bind(1, turn.now.ns).run();
}

Result<void> Store::keep_event(Kept& kept, TimePoint now) {
  const record::Event& event = kept.event;
  if (kept.decision && kept.decision_text.empty()) kept.decision_text = to_text(record::to_json(*kept.decision));
  if (!kept.payload.empty() && kept.payload_digest.empty()) kept.payload_digest = bytes_of(sha256(kept.payload));
  std::string_view rung =
      kept.decision && !kept.decision->scored.empty() ? std::string_view(kept.decision->scored.front().rung) : "";
  Statement& put = prepared_->put_event;
  put.bind(1, flow_).bind(2, event.source).bind(3, event.id).bind(4, event.key).bind(5, event.time.ns);
  put.bind(6, event.received.ns).bind(7, fate_name(kept.fate)).bind(8, rung).bind(9, event.original);
  bind_digest(put, 10, kept.payload_digest);
  if (kept.decision) put.bind(11, kept.decision_text);
  if (kept.proof) put.bind(12, next_leaf_).bind_blob(13, kept.proof->salt);
  put.bind(14, kept.again);
  FOVEA_OK(put.run());
  kept.seq = db_->last_row();
  if (!kept.payload.empty()) {
    FOVEA_OK(prepared_->put_payload.bind_blob(1, kept.payload_digest)
                 .bind_blob(2, kept.payload)
                 .bind(3, kept.payload_expires.ns)
                 .run());
  }
  if (kept.proof) FOVEA_OK(keep_leaf(kept.seq, *kept.proof));
  FOVEA_OK(keep_effects(kept.seq, kept.effects));
  if (kept.decision && kept.decision->for_human) {
    FOVEA_OK(prepared_->open_review.bind(1, kept.seq).bind(2, kept.decision->human_queue).bind(3, now.ns).run());
  }
  if (kept.dead) {
    if (!kept.payload.empty()) kept.dead->payload = kept.payload_digest;
    FOVEA_OK(keep_dead_letter(kept.seq, *kept.dead));
  }
  return {};
}

Result<void> Store::keep_effects(int64_t seq, std::vector<record::Effect>& effects) {
  for (record::Effect& effect : effects) {
    std::string arguments = to_text(effect.arguments), undo = to_text(effect.undo), outcome = to_text(effect.outcome);
    FOVEA_OK(prepared_->put_effect.bind(1, seq)
                 .bind(2, effect.name)
                 .bind(3, effect.kind)
                 .bind(4, effect.flow)
                 .bind(5, effect.key)
                 .bind(6, record::state_name(effect.state))
                 .bind(7, effect.not_before.ns)
                 .bind(8, arguments)
                 .bind(9, effect.digest)
                 .bind(10, undo)
                 .bind(11, outcome)
                 .bind(12, int64_t{effect.attempts})
                 .run());
    effect.id = db_->changes() > 0 ? db_->last_row() : 0;
  }
  return {};
}

Result<void> Store::keep_leaf(int64_t seq, Proof& proof) {
  proof.index = next_leaf_++;
  return prepared_->put_leaf.bind(1, proof.index).bind(2, seq).bind_blob(3, proof.leaf).run();
}

Result<void> Store::keep_dead_letter(int64_t seq, const record::DeadLetter& dead) {
  Statement& put = prepared_->put_dead;
  put.bind(1, seq)
      .bind(2, dead.stage)
      .bind(3, dead.source)
      .bind(4, dead.event_id)
      .bind(5, dead.cause)
      .bind(6, dead.hint);
  put.bind(7, int64_t{dead.attempts}).bind(8, dead.original).bind(10, dead.at.ns);
  if (dead.payload.empty()) {
    put.bind_null(9);
  } else {
    put.bind_blob(9, dead.payload);
  }
  return put.run();
}

Result<void> Store::keep_resolution(Resolution& r) {
  std::string decision = to_text(record::to_json(r.decision));
  Statement& put = prepared_->resolve;
  put.bind(1, r.at.ns).bind(2, r.by).bind(3, r.label).bind(4, decision).bind(7, r.seq);
  if (r.proof) put.bind(5, next_leaf_).bind_blob(6, r.proof->salt);
  FOVEA_OK(put.run());
  if (db_->changes() != 1)
    return fail(Code::kNotFound, fmt::format("no open review for event #{}", r.seq), "", "see 'fovea queue list'");
  if (r.proof) FOVEA_OK(keep_leaf(r.seq, *r.proof));
  return keep_effects(r.seq, r.effects);
}

Result<void> Store::keep_undo(Undo& undo) {
  Statement& put = prepared_->put_undo;
  put.bind(1, undo.seq).bind(2, undo.at.ns).bind(3, undo.by).bind(4, undo.detail);
  if (undo.proof) put.bind(5, next_leaf_).bind_blob(6, undo.proof->salt);
  FOVEA_OK(put.run());
  return undo.proof ? keep_leaf(undo.seq, *undo.proof) : Result<void>();
}

}  // namespace fovea::store
