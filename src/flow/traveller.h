// An event on its way through the steps of a flow. Seen by flow's own files only.
#pragma once

#include <optional>

#include "record/dead_letter.h"
#include "record/decision.h"
#include "record/event.h"
#include "store/turn.h"

namespace fovea::flow {

struct Traveller {
  record::Event event;
  JsonObject values;  // what expressions read; holds `event` once the steps that change the event are through
  record::Decision decision;
  JsonObject texts;  // scored texts that a focus map belongs to, by the score's name
  store::Fate fate = store::Fate::kDecided;
  std::optional<record::DeadLetter> dead;
  bool duplicate = false;
  int64_t again = 0;
  Nanos intake{0};  // steady
  // The kept decision that this very flow once made of it, for a replay to repeat; else null. Borrowed.
  const record::Decision* before = nullptr;

  bool live() const { return fate == store::Fate::kDecided && !duplicate; }
  bool deciding() const { return live() && !decision.for_human; }

  // Fields move between the event (where clean and redact work) and the values (where expressions read).
  void fields_to_event() {
    if (auto* at = values.find("event"); at != values.end()) {
      event.fields = std::move(at->value().as_object());
      values.erase(at);
    }
  }
  void fields_to_values() {
    if (!values.contains("event")) values.emplace("event", std::move(event.fields));
  }

  void die(std::string stage, const Error& error, TimePoint now) {
    fate = store::Fate::kDead;
    dead = record::DeadLetter{0,
                              std::move(stage),
                              event.source,
                              event.id,
                              error.where.empty() ? error.message : error.where + ": " + error.message,
                              error.hint,
                              1,
                              event.original,
                              "",
                              now};
  }
};

}  // namespace fovea::flow
