// The port between what is due and how it is sent. A request is a ticket: its number says which payload it carries.
// Threads: one, the sender's; `Hear` is called on it, for each ticket once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace fovea::load {

struct Ticket {
  uint64_t number = 0;
  int64_t due_ns = 0;  // of the steady clock
};

enum class Verdict : uint8_t { kAdmitted, kRefused, kFailed };

struct Heard {
  Ticket ticket;
  int64_t sent_ns = 0;  // 0: it was not
  int64_t done_ns = 0;
  Verdict verdict = Verdict::kFailed;
  uint64_t tokens = 0;         // as the server counts; 0: it does not say
  bool checked = false;        // the answer was looked at, number by number
  std::string_view kind = {};  // of a failure: "status 500"
  std::string_view text = {};  // what the server or the system says about it; valid during the call
};
using Hear = std::function<void(const Heard&)>;

class Transport {
 public:
  virtual ~Transport() = default;
  virtual void open_ahead() {}                        // the connections that the link wants before the first request
  virtual bool opens_ahead() const { return false; }  // some of them are on their way
  virtual void send(const Ticket& ticket) = 0;        // at once, or as soon as a connection is free
  virtual void give_up(int64_t due_before_ns) = 0;    // fails what was due before and has no answer
  virtual size_t pending() const = 0;                 // tickets not heard of
  virtual uint64_t opened() const = 0;                // connections, all in all
  virtual uint64_t waited() const = 0;  // tickets that found all connections taken, as many as there may be
  virtual void close() = 0;             // drops all; nothing is heard any more
};

}  // namespace fovea::load
