#include "store/prepared.h"

namespace fovea::store {

Result<std::unique_ptr<Store::Prepared>> Store::Prepared::create(Database& db) {
  FOVEA_TRY(
      Statement put_event,
      db.prepare(
          "INSERT INTO journal (flow, source, id, key, time_ns, received_ns, fate, rung, original, payload, decision, "
          "leaf, salt, again) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  FOVEA_TRY(
      Statement put_payload,
      db.prepare("INSERT INTO payloads (digest, bytes, expires_ns) VALUES (?,?,?) ON CONFLICT (digest) DO UPDATE SET "
                 "expires_ns = max(expires_ns, excluded.expires_ns)"));
  FOVEA_TRY(Statement put_leaf, db.prepare("INSERT INTO leaves VALUES (?,?,?)"));
  FOVEA_TRY(
      Statement put_effect,
      db.prepare(
          "INSERT OR IGNORE INTO effects (seq, name, kind, flow, key, state, not_before_ns, arguments, digest, undo, "
          "outcome, attempts) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"));
  FOVEA_TRY(Statement update_effect,
            db.prepare("UPDATE effects SET state = ?, attempts = ?, not_before_ns = ?, last_error = ?, "
                       "outcome = ?, undo = COALESCE(?, undo) WHERE effect = ?"));
  FOVEA_TRY(Statement put_cursor, db.prepare("INSERT OR REPLACE INTO cursors VALUES (?,?,?)"));
  FOVEA_TRY(Statement drop_window, db.prepare("DELETE FROM windows WHERE flow = ? AND name = ?"));
  FOVEA_TRY(Statement put_window, db.prepare("INSERT OR REPLACE INTO windows VALUES (?,?,?)"));
  FOVEA_TRY(
      Statement add_total,
      db.prepare("INSERT INTO totals VALUES (?,?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value"));
  FOVEA_TRY(Statement expire,
            db.prepare("DELETE FROM payloads WHERE expires_ns < ? AND expires_ns < 9223372036854775807"));
  FOVEA_TRY(Statement put_dead,
            db.prepare("INSERT INTO dead_letters (seq, stage, source, event_id, cause, hint, attempts, original, "
                       "payload, at_ns) VALUES (?,?,?,?,?,?,?,?,?,?)"));
  FOVEA_TRY(Statement open_review,
            db.prepare("INSERT INTO reviews (seq, queue, state, opened_ns) VALUES (?,?,'open',?)"));
  FOVEA_TRY(Statement resolve,
            db.prepare("UPDATE reviews SET state = 'resolved', resolved_ns = ?, by = ?, label = ?, decision = ?, "
                       "leaf = ?, salt = ? WHERE seq = ? AND state = 'open'"));
  FOVEA_TRY(Statement put_undo,
            db.prepare("INSERT INTO undos (seq, at_ns, by, detail, leaf, salt) VALUES (?,?,?,?,?,?)"));
  FOVEA_TRY(Statement seen,
            db.prepare("SELECT count(*), max(received_ns) FROM journal WHERE flow = ? AND source = ? AND id = ?"));
  return std::unique_ptr<Prepared>(new Prepared{std::move(put_event), std::move(put_payload), std::move(put_leaf),
                                                std::move(put_effect), std::move(update_effect), std::move(put_cursor),
                                                std::move(put_window), std::move(drop_window), std::move(add_total),
                                                std::move(expire), std::move(put_dead), std::move(open_review),
                                                std::move(resolve), std::move(put_undo), std::move(seen)});
}

}  // namespace fovea::store
