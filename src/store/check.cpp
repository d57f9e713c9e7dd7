// `fovea store check`: every invariant of the tables, read from the file.
#include <fmt/format.h>

#include <array>

#include "base/digest.h"
#include "store/store.h"

namespace fovea::store {
namespace {

struct Rule {
  const char* says;
  const char* sql;  // counts the rows that break it
};

constexpr std::array kRules = {
    Rule{"decided events without a decision",
         "SELECT count(*) FROM journal WHERE fate = 'decided' AND decision IS NULL"},
    Rule{"decided events without an audit leaf",
         "SELECT count(*) FROM journal j WHERE fate = 'decided' AND NOT EXISTS (SELECT 1 FROM leaves l WHERE "
         "l.position = j.leaf AND l.seq = j.seq)"},
    Rule{"gaps in the audit leaves", "SELECT COALESCE(max(position) + 1, 0) - count(*) FROM leaves"},
    Rule{"audit leaves without an event",
         "SELECT count(*) FROM leaves l WHERE l.seq > 0 AND NOT EXISTS (SELECT 1 FROM journal j WHERE j.seq = l.seq)"},
    Rule{"effects without an event",
         "SELECT count(*) FROM effects e WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.seq = e.seq)"},
    Rule{"effects in an unknown state",
         "SELECT count(*) FROM effects WHERE state NOT IN "
         "('held','pending','attempted','committed','failed','undoing','undone','cancelled')"},
    Rule{"dead events without a dead letter",
         "SELECT count(*) FROM journal j WHERE fate = 'dead' AND NOT EXISTS (SELECT 1 FROM dead_letters d WHERE d.seq "
         "= j.seq)"},
    Rule{"resolved reviews without an audit leaf",
         "SELECT count(*) FROM reviews r WHERE state = 'resolved' AND NOT EXISTS (SELECT 1 FROM leaves l WHERE "
         "l.position = r.leaf AND l.seq = r.seq)"},
    Rule{"undos without an audit leaf",
         "SELECT count(*) FROM undos u WHERE NOT EXISTS (SELECT 1 FROM leaves l WHERE l.position = u.leaf AND "
         "l.seq = u.seq)"},
    Rule{"reviews without an event",
         "SELECT count(*) FROM reviews r WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.seq = r.seq)"},
};

}  // namespace

Result<std::vector<std::string>> Store::check() {
  std::vector<std::string> faults;
  FOVEA_TRY(Statement integrity, db_->prepare("PRAGMA integrity_check(20)"));
  for (;;) {
    FOVEA_TRY(bool row, integrity.step());
    if (!row) break;
    if (integrity.text(0) != "ok") faults.push_back("SQLite: " + std::string(integrity.text(0)));
  }
  for (const Rule& rule : kRules) {
    FOVEA_TRY(Statement count, db_->prepare(rule.sql));
    FOVEA_OK(count.step());
    if (count.integer(0) != 0) faults.push_back(fmt::format("{} {}", count.integer(0), rule.says));
  }
  FOVEA_TRY(Statement payloads, db_->prepare("SELECT digest, bytes FROM payloads"));
  for (;;) {
    FOVEA_TRY(bool row, payloads.step());
    if (!row) break;
    Digest actual = sha256(payloads.text(1));
    if (bytes_of(actual) != payloads.text(0))
      faults.push_back("payload " + to_hex(payloads.text(0)) + " does not match its digest");
  }
  FOVEA_TRY(Statement decisions, db_->prepare("SELECT seq, decision FROM journal WHERE decision IS NOT NULL"));
  for (;;) {
    FOVEA_TRY(bool row, decisions.step());
    if (!row) break;
    auto json = parse_json(decisions.text(1));
    if (!json || !record::decision_from_json(*json))
      faults.push_back(fmt::format("the decision of event #{} cannot be read", decisions.integer(0)));
  }
  return faults;
}

}  // namespace fovea::store
