// Threads that do little at a time and are waited for (those that read and answer requests) ask for short turns of a
// processor: where all processors compute, a thread that wakes then gets its turn at once instead of behind the turn of
// whoever computes (some milliseconds). Nobody's share of the time changes, and no privilege is needed.
// Linux from 6.12 on (a slice of its own for a thread of the ordinary class: sched_setattr(2)); elsewhere, and for
// threads of other classes, nothing happens. Threads that a thread starts have what it has then.
#pragma once

namespace fovea {

// Of the calling thread, from now on.
void ask_for_short_turns();
void ask_for_usual_turns();

// For the threads that others start meanwhile.
class ShortTurns {
 public:
  ShortTurns() { ask_for_short_turns(); }
  ~ShortTurns() { ask_for_usual_turns(); }
  ShortTurns(const ShortTurns&) = delete;
  ShortTurns& operator=(const ShortTurns&) = delete;
};

}  // namespace fovea
