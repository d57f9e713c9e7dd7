// The loop: pull, decide, keep, prove, act, acknowledge; then drain.
// Journey: all of it. One turn is kept in one transaction; only what is kept is acknowledged, proven and acted on.
// Borrows everything, which must outlive it. Threads: run() from one; stop() from any, also from a signal handler's
// thread. With `threads` it decides on one thread, keeps and acts on a second, and calls networks on a third.
// Errors: the first that ends the run; what was kept before it stays kept, and the next run goes on from there.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "flow/actor.h"
#include "flow/journey.h"
#include "flow/requests.h"
#include "flow/summary.h"
#include "store/store.h"
#include "stream/connectors/source.h"
#include "trust/audit/log.h"

namespace fovea::flow {

// Hears what happened. kept() is called after the commit, from the keeping thread; notice() from the deciding thread.
// Both must be quick.
class Tap {
 public:
  virtual ~Tap() = default;
  virtual void kept(const store::Turn& turn) = 0;
  virtual void notice(const std::string& text) = 0;
};

struct RunnerPorts {
  Clock& clock;
  connectors::Source& source;
  store::Store& store;   // the writer
  store::Store* reader;  // for the deciding thread; null without threads
  Journey& journey;
  audit::AuditLog& log;
  act::Effectors& effectors;
  Tap* tap = nullptr;
  bool once = false;
  bool threads = true;
  RequestBox* requests = nullptr;  // null: nobody can ask for changes
};

class Runner {
 public:
  explicit Runner(RunnerPorts ports);
  ~Runner();

  Result<Summary> run();
  void stop();  // stop taking in, finish what is under way, end

 private:
  // A turn on its way from the deciding to the keeping thread.
  struct Passed {
    store::Turn turn;
    std::vector<connectors::Receipt> receipts;
    std::string cursor;
    Nanos intake{0};
  };

  Result<void> decide_loop();
  Result<bool> decide_turn();  // false: the source is exhausted
  Result<std::map<std::string, store::Store::Seen>> seen(std::span<const std::string> ids);
  void acknowledge();
  void pass(Passed passed);

  Result<void> keep_loop();
  Result<void> keep(Passed passed);
  void give_verdicts(Passed& passed) const;
  Result<void> act_on(store::Turn& turn, std::vector<record::Effect>& begun);
  Result<bool> act_on_due();
  Result<bool> serve_requests();  // true: there was one
  void hand_to_network(std::vector<record::Effect> effects, bool ask);
  void collect_network(store::Turn& turn);
  void note_unknown(std::span<const store::EffectChange> changes);
  Result<void> ask_again(store::Turn& turn);
  Result<Nanos> until_due();
  void network_loop();
  Result<void> prove(bool last);
  Result<void> recover();
  Result<bool> settled();
  void count(const store::Turn& turn, Nanos intake);
  void end_with(Error error);

  RunnerPorts ports_;
  Actor actor_;
  Actor network_actor_;
  Summary summary_;
  std::vector<store::EffectChange> changes_;  // to keep with the next turn
  std::map<int64_t, TimePoint> unknown_;      // effects whose end nobody could say yet: when to ask again
  Nanos checkpoint_at_{0}, requests_at_{0};
  std::set<int64_t> undoing_;  // effects whose undo is at the network
  size_t turn_size_;

  std::atomic<bool> stopping_{false};
  std::mutex journey_mutex_;  // deciding, and answering a review
  std::mutex mutex_;
  std::condition_variable moved_;
  std::deque<Passed> decided_;       // waiting to be kept
  std::deque<Passed> done_;          // kept, waiting to be acknowledged
  std::set<std::string> in_flight_;  // ids that are decided and not yet kept
  bool no_more_ = false;             // the deciding thread has ended
  std::optional<Error> error_;
  struct Call {
    record::Effect effect;
    bool ask = false;  // whether it happened, instead of doing it
  };
  std::deque<Call> to_network_;
  std::vector<store::EffectChange> from_network_;
  size_t at_network_ = 0;  // handed over and not collected
  bool network_ends_ = false;
};

}  // namespace fovea::flow
