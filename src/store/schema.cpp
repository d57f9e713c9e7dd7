#include "store/schema.h"

#include <fmt/format.h>

#include <array>

namespace fovea::store {
namespace {

// journal: one row an event, with its one fate. (source, id) within a flow is what duplicates are known by;
// `again` counts the times that an id was forgotten and came back.
// effects: state and schedule beside the intent; (flow, key) is unique: an intent is kept once.
// undos: one row an order to take back effects.
// leaves: the audit log's entries in order; `seq` is the event that they prove, 0 for entries of another kind.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE journal (
  seq INTEGER PRIMARY KEY,
  flow TEXT NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL,
  time_ns INTEGER NOT NULL, received_ns INTEGER NOT NULL,
  fate TEXT NOT NULL CHECK (fate IN ('decided', 'dead', 'late', 'dropped')),
  rung TEXT NOT NULL DEFAULT '',
  original TEXT NOT NULL DEFAULT '',
  payload BLOB,
  decision TEXT,
  leaf INTEGER, salt BLOB,
  again INTEGER NOT NULL DEFAULT 0,
  UNIQUE (flow, source, id, again)
);
CREATE TABLE payloads (
  payload INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL, expires_ns INTEGER NOT NULL
);
CREATE INDEX payloads_by_expiry ON payloads (expires_ns) WHERE expires_ns < 9223372036854775807;
CREATE TABLE leaves (position INTEGER PRIMARY KEY, seq INTEGER NOT NULL, bytes BLOB NOT NULL);
CREATE TABLE effects (
  effect INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, flow TEXT NOT NULL, key TEXT NOT NULL,
  state TEXT NOT NULL, not_before_ns INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
  arguments TEXT NOT NULL, digest TEXT NOT NULL, undo TEXT NOT NULL,
  last_error TEXT NOT NULL DEFAULT '', outcome TEXT NOT NULL DEFAULT 'null',
  UNIQUE (flow, key)
);
CREATE INDEX effects_open ON effects (state, not_before_ns) WHERE state IN ('held', 'pending', 'attempted', 'undoing');
CREATE INDEX effects_by_event ON effects (seq);
CREATE TABLE cursors (
  flow TEXT NOT NULL, source TEXT NOT NULL, cursor TEXT NOT NULL,
  PRIMARY KEY (flow, source)
) WITHOUT ROWID;
CREATE TABLE windows (
  flow TEXT NOT NULL, name TEXT NOT NULL, state BLOB NOT NULL,
  PRIMARY KEY (flow, name)
) WITHOUT ROWID;
CREATE TABLE dead_letters (
  letter INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL, stage TEXT NOT NULL, source TEXT NOT NULL, event_id TEXT NOT NULL,
  cause TEXT NOT NULL, hint TEXT NOT NULL, attempts INTEGER NOT NULL, original TEXT NOT NULL,
  payload BLOB, at_ns INTEGER NOT NULL
);
CREATE TABLE reviews (
  review INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL UNIQUE, queue TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('open', 'resolved')),
  opened_ns INTEGER NOT NULL, resolved_ns INTEGER, by TEXT NOT NULL DEFAULT '', label TEXT NOT NULL DEFAULT '',
  decision TEXT, leaf INTEGER, salt BLOB
);
CREATE INDEX reviews_open ON reviews (queue, opened_ns) WHERE state = 'open';
CREATE TABLE undos (
  undo INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL, at_ns INTEGER NOT NULL, by TEXT NOT NULL, detail TEXT NOT NULL,
  leaf INTEGER UNIQUE, salt BLOB
);
CREATE TABLE totals (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
)sql";

constexpr std::array kMigrations = {kVersion1};
static_assert(kMigrations.size() == kSchemaVersion);

}  // namespace

Result<void> migrate(Database& db) {
  FOVEA_OK(db.execute("BEGIN IMMEDIATE"));
  int64_t version = 0;
  {
    FOVEA_TRY(Statement read, db.prepare("PRAGMA user_version"));
    FOVEA_TRY(bool row, read.step());
    version = row ? read.integer(0) : 0;
  }
  if (version > kSchemaVersion) {
    FOVEA_OK(db.execute("ROLLBACK"));
    return fail(Code::kFailedPrecondition,
                fmt::format("the state has schema version {}; this fovea knows {}", version, kSchemaVersion), "",
                "use the fovea that wrote it, or a newer one");
  }
  for (int64_t next = version; next < kSchemaVersion; ++next)
    FOVEA_OK(db.execute(kMigrations[static_cast<size_t>(next)]));
  FOVEA_OK(db.execute(fmt::format("PRAGMA user_version = {}", kSchemaVersion)));
  return db.execute("COMMIT");
}

}  // namespace fovea::store
