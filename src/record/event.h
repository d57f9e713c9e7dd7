// What came in: one message, record or request, as its source delivered it.
// Journey: made by stream/connectors; redacted by trust/privacy before anything is stored.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/json.h"

namespace fovea::record {

struct Event {
  std::string id;        // unique within `source`; (source, id) is what duplicates are known by
  std::string source;    // "mail:./inbox"
  std::string key;       // what belongs together and stays in order (a user, a thread); may be empty
  TimePoint time;        // when it happened (event time)
  TimePoint received;    // when it was taken in
  JsonObject fields;     // what expressions see as `event.NAME`; holds id, key and source too
  std::string original;  // a reference to where the bytes came from ("inbox/001.eml", "events.jsonl:17"); no content
  bool decoded = true;   // false: the source could not parse it; `problem` says why and it is dead-lettered
  std::string problem;
  Nanos due{0};  // steady time by which its client wants the answer; 0: it did not say. Not kept
};

}  // namespace fovea::record
