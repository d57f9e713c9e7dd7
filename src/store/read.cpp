// What is read back from the store.
#include <fmt/format.h>

#include <algorithm>

#include "store/prepared.h"
#include "store/store.h"

namespace fovea::store {
namespace {

constexpr std::string_view kEffectColumns =
    "SELECT e.effect, e.seq, e.name, e.kind, e.flow, e.key, e.state, e.not_before_ns, e.attempts, e.arguments, "
    "e.digest, e.undo, "
    "e.last_error, e.outcome, j.id, j.source FROM effects e JOIN journal j ON j.seq = e.seq ";

// The first term is the one of the partial index: without it SQLite reads the whole table.
constexpr std::string_view kOpen =
    "e.state IN ('held', 'pending', 'attempted', 'undoing') AND (?1 = '' OR e.flow = ?1)";

constexpr std::string_view kFoundColumns =
    "SELECT seq, COALESCE(decision, ''), payload, original, leaf, salt FROM journal ";

Result<record::Effect> read_effect(const Statement& row) {
  record::Effect e;
  e.id = row.integer(0), e.seq = row.integer(1);
  e.name = row.text(2), e.kind = row.text(3), e.flow = row.text(4), e.key = row.text(5);
  FOVEA_TRY(e.state, record::state_from_name(row.text(6)));
  e.not_before.ns = row.integer(7);
  e.attempts = static_cast<int>(row.integer(8));
  FOVEA_TRY(e.arguments, parse_json(row.text(9)));
  e.digest = row.text(10);
  FOVEA_TRY(e.undo, parse_json(row.text(11)));
  e.last_error = row.text(12);
  FOVEA_TRY(e.outcome, parse_json(row.text(13)));
  e.event_id = row.text(14), e.source = row.text(15);
  return e;
}

Result<Found> read_found(const Statement& row) {
  Found found;
  found.seq = row.integer(0);
  FOVEA_TRY(Json json, parse_json(row.text(1)));
  FOVEA_TRY(found.decision, record::decision_from_json(json));
  found.payload_digest = row.text(2);
  found.original = row.text(3);
  found.leaf = row.is_null(4) ? -1 : row.integer(4);
  found.salt = row.text(5);
  return found;
}

}  // namespace

Result<std::map<std::string, Store::Seen>> Store::seen(const std::string& source, std::span<const std::string> ids) {
  std::map<std::string, Seen> known;
  Statement& select = prepared_->seen;
  for (const std::string& id : ids) {
    auto row = select.bind(1, flow_).bind(2, source).bind(3, id).step();
    if (row && select.integer(0) > 0) known[id] = {select.integer(0), {select.integer(1)}};
    select.reset();
    if (!row) return std::unexpected(row.error());
  }
  return known;
}

Result<std::string> Store::cursor(const std::string& source) {
  FOVEA_TRY(Statement select, db_->prepare("SELECT cursor FROM cursors WHERE flow = ? AND source = ?"));
  FOVEA_TRY(bool row, select.bind(1, flow_).bind(2, source).step());
  return row ? std::string(select.text(0)) : std::string();
}

Result<std::map<std::string, std::string>> Store::windows(const std::string& prefix) {
  FOVEA_TRY(Statement select,
            db_->prepare("SELECT name, state FROM windows WHERE flow = ?2 AND substr(name, 1, length(?1)) = ?1"));
  select.bind(1, prefix).bind(2, flow_);
  std::map<std::string, std::string> states;
  for (;;) {
    FOVEA_TRY(bool row, select.step());
    if (!row) return states;
    states.emplace(select.text(0), select.text(1));
  }
}

Result<Totals> Store::totals() {
  Totals t;
  FOVEA_TRY(Statement fates, db_->prepare("SELECT fate, count(*) FROM journal GROUP BY fate"));
  for (;;) {
    FOVEA_TRY(bool row, fates.step());
    if (!row) break;
    int64_t n = fates.integer(1);
    t.ingested += n;
    (fates.text(0) == "decided" ? t.decided
     : fates.text(0) == "dead"  ? t.dead
     : fates.text(0) == "late"  ? t.late
                                : t.dropped) += n;
  }
  FOVEA_TRY(Statement states, db_->prepare("SELECT state, count(*) FROM effects GROUP BY state"));
  for (;;) {
    FOVEA_TRY(bool row, states.step());
    if (!row) break;
    std::string_view state = states.text(0);
    int64_t n = states.integer(1);
    (state == "committed"   ? t.effects_committed
     : state == "failed"    ? t.effects_failed
     : state == "undone"    ? t.effects_undone
     : state == "cancelled" ? t.effects_cancelled
                            : t.effects_open) += n;
  }
  FOVEA_TRY(Statement rest,
            db_->prepare("SELECT (SELECT count(*) FROM reviews WHERE state = 'open'), (SELECT count(*) FROM leaves), "
                         "COALESCE((SELECT value FROM totals WHERE name = 'duplicates'), 0), "
                         "(SELECT count(*) FROM reviews WHERE state = 'resolved'), (SELECT count(*) FROM undos)"));
  FOVEA_OK(rest.step());
  t.reviews_open = rest.integer(0), t.leaves = rest.integer(1), t.duplicates = rest.integer(2);
  t.reviews_resolved = rest.integer(3), t.undos = rest.integer(4);
  return t;
}

Result<std::vector<record::Effect>> Store::read_effects(Statement& select) {
  std::vector<record::Effect> effects;
  for (;;) {
    FOVEA_TRY(bool row, select.step());
    if (!row) return effects;
    FOVEA_TRY(record::Effect effect, read_effect(select));
    effects.push_back(std::move(effect));
  }
}

Result<std::vector<record::Effect>> Store::open_effects(TimePoint due, size_t max) {
  if (!due_) {  // asked for in every turn
    FOVEA_TRY(Statement select, db_->prepare(fmt::format(
                                    "{} WHERE {} AND e.state IN ('held', 'pending', 'undoing') AND "
                                    "e.not_before_ns <= ?2 AND (e.state <> 'undoing' OR NOT EXISTS (SELECT 1 FROM "
                                    "effects l WHERE l.seq = e.seq AND l.effect > e.effect AND l.state = 'undoing')) "
                                    "ORDER BY e.effect LIMIT ?3",
                                    kEffectColumns, kOpen)));
    due_ = std::make_unique<Statement>(std::move(select));
  }
  due_->bind(1, flow_).bind(2, due.ns).bind(3, static_cast<int64_t>(max));
  auto effects = read_effects(*due_);
  due_->reset();
  return effects;
}

Result<std::vector<record::Effect>> Store::attempted_effects() {
  FOVEA_TRY(Statement select, db_->prepare(fmt::format("{} WHERE {} AND e.state = 'attempted' ORDER BY e.effect",
                                                       kEffectColumns, kOpen)));
  select.bind(1, flow_);
  return read_effects(select);
}

Result<std::vector<record::Effect>> Store::effects_in(record::EffectState state, size_t max) {
  FOVEA_TRY(Statement select,
            db_->prepare(fmt::format("{} WHERE e.state = ? ORDER BY e.effect LIMIT ?", kEffectColumns)));
  select.bind(1, record::state_name(state)).bind(2, static_cast<int64_t>(std::min<size_t>(max, INT64_MAX)));
  return read_effects(select);
}

Result<std::optional<TimePoint>> Store::next_effect_time() {
  FOVEA_TRY(
      Statement select,
      db_->prepare(fmt::format(
          "SELECT min(e.not_before_ns) FROM effects e WHERE {} AND e.state IN ('held', 'pending', 'undoing')", kOpen)));
  FOVEA_OK(select.bind(1, flow_).step());
  if (select.is_null(0)) return std::optional<TimePoint>();
  return TimePoint{select.integer(0)};
}

Result<bool> Store::any_pending() {
  FOVEA_TRY(Statement select,
            db_->prepare(
                fmt::format("SELECT 1 FROM effects e WHERE {} AND e.state IN ('pending', 'undoing') LIMIT 1", kOpen)));
  return select.bind(1, flow_).step();
}

Result<std::vector<record::Effect>> Store::effects_of(int64_t seq) {
  FOVEA_TRY(Statement select, db_->prepare(fmt::format("{} WHERE e.seq = ? ORDER BY e.effect", kEffectColumns)));
  select.bind(1, seq);
  return read_effects(select);
}

Result<std::optional<record::Effect>> Store::effect(int64_t id) {
  FOVEA_TRY(Statement select, db_->prepare(fmt::format("{} WHERE e.effect = ?", kEffectColumns)));
  select.bind(1, id);
  FOVEA_TRY(auto effects, read_effects(select));
  if (effects.empty()) return std::optional<record::Effect>();
  return std::move(effects.front());
}

Result<std::optional<Found>> Store::find(const std::string& event_id) {
  constexpr size_t kPrefixMin = 6;
  auto first_of = [&](std::string_view where, auto bind) -> Result<std::optional<Found>> {
    FOVEA_TRY(Statement select, db_->prepare(fmt::format("{} WHERE decision IS NOT NULL AND {} ORDER BY seq LIMIT 2",
                                                         kFoundColumns, where)));
    bind(select);
    FOVEA_TRY(bool row, select.step());
    if (!row) return std::optional<Found>();
    FOVEA_TRY(Found found, read_found(select));
    FOVEA_TRY(bool more, select.step());
    if (more)
      return fail(Code::kInvalidArgument, fmt::format("'{}' fits several events", event_id), "",
                  "give more of the id, or #SEQ");
    return found;
  };
  if (event_id.starts_with('#')) {
    int64_t seq = std::strtoll(event_id.c_str() + 1, nullptr, 10);
    return first_of("seq = ?", [&](Statement& s) { s.bind(1, seq); });
  }
  FOVEA_TRY(auto exact, first_of("id = ?", [&](Statement& s) { s.bind(1, event_id); }));
  if (exact || event_id.empty()) return exact;
  return first_of(
      "((length(?1) >= ?2 AND substr(id, 1, length(?1)) = ?1) OR original = ?1 OR "
      "substr(original, -length(?1) - 1) = '/' || ?1)",
      [&](Statement& s) { s.bind(1, event_id).bind(2, static_cast<int64_t>(kPrefixMin)); });
}

Result<std::optional<record::Verdict>> Store::verdict(const std::string& source, const std::string& id) {
  record::Verdict out;
  {
    FOVEA_TRY(Statement select, db_->prepare("SELECT seq, fate, decision, leaf, flow FROM journal WHERE flow = ? AND "
                                             "source = ? AND id = ? ORDER BY again DESC LIMIT 1"));
    select.bind(1, flow_).bind(2, source).bind(3, id);
    FOVEA_TRY(const bool row, select.step());
    if (!row) return std::optional<record::Verdict>();
    out.event_id = id, out.source = source, out.duplicate = true;
    out.seq = select.integer(0), out.fate = select.text(1), out.flow = select.text(4);
    if (!select.is_null(2)) {
      FOVEA_TRY(const Json json, parse_json(select.text(2)));
      FOVEA_TRY(out.decision, record::decision_from_json(json));
    }
    if (!select.is_null(3)) out.leaf = select.integer(3);
  }
  FOVEA_TRY(const auto effects, effects_of(out.seq));
  for (const record::Effect& effect : effects) {
    out.effects.push_back({effect.name, effect.kind, effect.key, std::string(record::state_name(effect.state))});
  }
  FOVEA_TRY(Statement dead, db_->prepare("SELECT cause, hint FROM dead_letters WHERE seq = ? AND stage <> 'act' "
                                         "ORDER BY letter LIMIT 1"));
  dead.bind(1, out.seq);
  FOVEA_TRY(const bool letter, dead.step());
  if (letter && out.fate == fate_name(Fate::kDead)) out.cause = dead.text(0), out.hint = dead.text(1);
  return std::optional(std::move(out));
}

Result<std::vector<Found>> Store::decisions(int64_t from_seq, size_t max) {
  FOVEA_TRY(Statement select, db_->prepare(fmt::format(
                                  "{} WHERE seq >= ? AND decision IS NOT NULL ORDER BY seq LIMIT ?", kFoundColumns)));
  select.bind(1, from_seq).bind(2, static_cast<int64_t>(max));
  std::vector<Found> all;
  for (;;) {
    FOVEA_TRY(bool row, select.step());
    if (!row) return all;
    FOVEA_TRY(Found found, read_found(select));
    all.push_back(std::move(found));
  }
}

Result<std::optional<std::string>> Store::payload(std::string_view digest) {
  FOVEA_TRY(Statement select, db_->prepare("SELECT bytes FROM payloads WHERE digest = ?"));
  FOVEA_TRY(bool row, select.bind_blob(1, digest).step());
  if (!row) return std::optional<std::string>();
  return std::string(select.text(0));
}

Result<std::vector<record::DeadLetter>> Store::dead_letters(size_t max) {
  FOVEA_TRY(Statement select,
            db_->prepare("SELECT letter, stage, source, event_id, cause, hint, attempts, original, payload, at_ns "
                         "FROM dead_letters ORDER BY letter LIMIT ?"));
  select.bind(1, static_cast<int64_t>(max));
  std::vector<record::DeadLetter> letters;
  for (;;) {
    FOVEA_TRY(bool row, select.step());
    if (!row) return letters;
    letters.push_back({select.integer(0), std::string(select.text(1)), std::string(select.text(2)),
                       std::string(select.text(3)), std::string(select.text(4)), std::string(select.text(5)),
                       static_cast<int>(select.integer(6)), std::string(select.text(7)), std::string(select.text(8)),
                       TimePoint{select.integer(9)}});
  }
}

Result<std::vector<Review>> Store::reviews(const std::string& queue, bool open_only, size_t max) {
  FOVEA_TRY(
      Statement select,
      db_->prepare(
          "SELECT r.seq, r.queue, r.state, j.id, r.by, r.label, r.opened_ns, COALESCE(r.resolved_ns, 0) FROM reviews r "
          "JOIN journal j ON j.seq = r.seq WHERE (?1 = '' OR r.queue = ?1) AND (?2 = 0 OR r.state = 'open') "
          "ORDER BY r.opened_ns, r.seq LIMIT ?3"));
  select.bind(1, queue).bind(2, int64_t{open_only}).bind(3, static_cast<int64_t>(max));
  std::vector<Review> all;
  for (;;) {
    FOVEA_TRY(bool row, select.step());
    if (!row) return all;
    all.push_back({select.integer(0), std::string(select.text(1)), std::string(select.text(2)),
                   std::string(select.text(3)), std::string(select.text(4)), std::string(select.text(5)),
                   TimePoint{select.integer(6)}, TimePoint{select.integer(7)}});
  }
}

Result<std::optional<record::Decision>> Store::reviewed(int64_t seq) {
  FOVEA_TRY(Statement select, db_->prepare("SELECT decision FROM reviews WHERE seq = ? AND state = 'resolved'"));
  FOVEA_TRY(bool row, select.bind(1, seq).step());
  if (!row) return std::optional<record::Decision>();
  FOVEA_TRY(Json json, parse_json(select.text(0)));
  FOVEA_TRY(record::Decision decision, record::decision_from_json(json));
  return decision;
}

Result<std::vector<Proven>> Store::proven(uint64_t from, size_t max) {
  FOVEA_TRY(Statement select,
            db_->prepare("SELECT l.position, l.bytes, l.seq, j.leaf, j.decision, j.salt, j.payload, p.bytes, "
                         "r.leaf, r.decision, r.salt, r.by, r.label, u.leaf, u.salt, u.detail, u.at_ns FROM leaves l "
                         "LEFT JOIN journal j ON j.seq = l.seq LEFT JOIN payloads p ON p.digest = j.payload "
                         "LEFT JOIN reviews r ON r.seq = l.seq LEFT JOIN undos u ON u.leaf = l.position "
                         "WHERE l.position >= ? ORDER BY l.position LIMIT ?"));
  select.bind(1, static_cast<int64_t>(from)).bind(2, static_cast<int64_t>(max));
  std::vector<Proven> all;
  for (;;) {
    FOVEA_TRY(bool row, select.step());
    if (!row) return all;
    Proven& each = all.emplace_back();
    int64_t index = select.integer(0);
    each.index = static_cast<uint64_t>(index), each.leaf = select.text(1), each.seq = select.integer(2);
    each.payload_digest = select.text(6);
    if (!select.is_null(7)) each.payload = select.text(7);
    if (!select.is_null(13)) {
      each.of = Proven::Of::kUndo;
      each.decision = select.text(select.is_null(9) ? 4 : 9);
      each.salt = select.text(14), each.detail = select.text(15), each.at.ns = select.integer(16);
    } else if (!select.is_null(8) && select.integer(8) == index) {
      each.of = Proven::Of::kReview;
      each.decision = select.text(9), each.salt = select.text(10);
      each.by = select.text(11), each.label = select.text(12);
    } else if (!select.is_null(3) && select.integer(3) == index) {
      each.of = Proven::Of::kDecision;
      each.decision = select.text(4), each.salt = select.text(5);
    }
  }
}

Result<int64_t> Store::unproven() {
  // One statement: a run that writes at this moment does not come between the counts.
  FOVEA_TRY(Statement select,
            db_->prepare("SELECT (SELECT count(*) FROM journal WHERE fate = 'decided') + (SELECT count(*) FROM reviews "
                         "WHERE state = 'resolved') + (SELECT count(*) FROM undos) - (SELECT count(*) FROM leaves)"));
  FOVEA_OK(select.step());
  return select.integer(0);
}

Result<std::vector<record::Leaf>> Store::leaves(uint64_t from, size_t max) {
  FOVEA_TRY(Statement select,
            db_->prepare("SELECT position, bytes FROM leaves WHERE position >= ? ORDER BY position LIMIT ?"));
  select.bind(1, static_cast<int64_t>(from)).bind(2, static_cast<int64_t>(max));
  std::vector<record::Leaf> all;
  for (;;) {
    FOVEA_TRY(bool row, select.step());
    if (!row) return all;
    all.push_back({static_cast<uint64_t>(select.integer(0)), std::string(select.text(1))});
  }
}

Result<std::vector<std::pair<std::string, int64_t>>> Store::rungs() {
  FOVEA_TRY(Statement select,
            db_->prepare("SELECT rung, count(*) FROM journal WHERE fate = 'decided' GROUP BY rung ORDER BY 2 DESC"));
  std::vector<std::pair<std::string, int64_t>> all;
  for (;;) {
    FOVEA_TRY(bool row, select.step());
    if (!row) return all;
    all.emplace_back(select.text(0), select.integer(1));
  }
}

}  // namespace fovea::store
