// What one turn of the loop wants kept, as one transaction.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "record/dead_letter.h"
#include "record/decision.h"
#include "record/effect.h"
#include "record/event.h"

namespace fovea::store {

enum class Fate { kDecided, kDead, kLate, kDropped };
std::string_view fate_name(Fate fate);

// A proof of something: the bytes of its audit leaf and the salt of its commitments (which stays out of the log).
struct Proof {
  std::string leaf;
  std::string salt;
  int64_t index = -1;  // its place in the log, given by commit()
};

// One event and what became of it.
struct Kept {
  record::Event event;  // fields are not kept here: `payload` holds what may be
  Fate fate = Fate::kDecided;
  int64_t again = 0;                         // how often this id came before and was forgotten (the flow's `dedupe`)
  std::optional<record::Decision> decision;  // kDecided
  std::optional<record::DeadLetter> dead;    // kDead
  std::vector<record::Effect> effects;
  std::optional<Proof> proof;
  std::string payload;        // redacted bytes; empty: none is kept
  TimePoint payload_expires;  // from the flow's `keep`
  // Of the two above, where the deciding thread has made them already; else commit() does.
  std::string decision_text, payload_digest;  // JSON; raw SHA-256
  int64_t seq = 0;                            // given by commit()
};

// A change of an effect that is kept already.
struct EffectChange {
  int64_t id = 0;
  int64_t seq = 0;  // its event's, for the dead letter
  record::EffectState state = record::EffectState::kPending;
  int attempts = 0;
  TimePoint not_before;
  std::string last_error;
  Json outcome;
  std::optional<record::DeadLetter> dead;
  Json undo;  // the compensation with its arguments, kept before it is begun; null: what was kept stays
};

// A person's answer to an open review.
struct Resolution {
  int64_t seq = 0;
  std::string by, label;
  TimePoint at;
  record::Decision decision;
  std::vector<record::Effect> effects;
  std::optional<Proof> proof;
};

// An order to take back effects of an event: who gave it, and what the audit log says of it.
struct Undo {
  int64_t seq = 0;
  std::string by, detail;
  TimePoint at;
  std::optional<Proof> proof;
};

struct Turn {
  TimePoint now;
  std::vector<Kept> events;
  std::vector<EffectChange> effect_changes;
  std::vector<Resolution> resolutions;
  std::vector<Undo> undos;
  std::map<std::string, std::string> cursors;  // source → position after this turn
  std::map<std::string, std::string> windows;  // window and key → its state; empty: it is gone
  int64_t duplicates = 0;

  bool empty() const {
    return events.empty() && effect_changes.empty() && resolutions.empty() && undos.empty() && cursors.empty() &&
           windows.empty() && duplicates == 0;
  }
};

}  // namespace fovea::store
