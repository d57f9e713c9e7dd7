#include "flow/runner.h"

#include <algorithm>

#include "flow/limits.h"

namespace fovea::flow {

Runner::Runner(RunnerPorts ports)
    : ports_(ports),
      actor_(ports.journey.flow(), ports.effectors, ports.clock),
      network_actor_(ports.journey.flow(), ports.effectors, ports.clock),
      turn_size_(std::min<size_t>(16, ports.journey.flow().limits.batch)) {}

Runner::~Runner() = default;

void Runner::stop() {
  stopping_ = true;
  ports_.source.stop();
}

void Runner::end_with(Error error) {
  std::lock_guard lock(mutex_);
  if (!error_) error_ = std::move(error);
  stopping_ = true;
  moved_.notify_all();
}

Result<Summary> Runner::run() {
  Nanos start = ports_.clock.steady();
  FOVEA_OK(recover());
  if (ports_.threads) {
    std::thread network([this] { network_loop(); });
    std::thread decider([this] {
      if (auto ended = decide_loop(); !ended) end_with(ended.error());
      std::lock_guard lock(mutex_);
      no_more_ = true;
      moved_.notify_all();
    });
    auto kept = keep_loop();
    if (!kept) {
      end_with(kept.error());
      ports_.source.stop();
    }
    decider.join();
    {
      std::lock_guard lock(mutex_);
      network_ends_ = true;
      moved_.notify_all();
    }
    network.join();
    acknowledge();
    if (error_) return std::unexpected(*error_);
  } else {
    FOVEA_OK(decide_loop());
    no_more_ = true;
    FOVEA_OK(keep_loop());
  }
  FOVEA_OK(prove(true));
  FOVEA_TRY(store::Totals totals, ports_.store.totals());
  summary_.held = totals.effects_open;
  summary_.seconds = std::chrono::duration<double>(ports_.clock.steady() - start).count();
  return summary_;
}

// ---- the deciding thread

Result<void> Runner::decide_loop() {
  for (;;) {
    FOVEA_TRY(bool more, decide_turn());
    if (!more) return {};
    std::lock_guard lock(mutex_);
    if (error_) return {};
  }
}

Result<bool> Runner::decide_turn() {
  acknowledge();
  bool idle;
  {
    std::lock_guard lock(mutex_);
    idle = decided_.empty() && in_flight_.empty();
  }
  // While turns are on their way their clients wait for an acknowledgement: the pull must come back soon.
  Nanos wait = stopping_ || !ports_.threads ? Nanos(0) : idle ? Nanos(kPullWait) : Nanos(std::chrono::milliseconds(1));
  TimePoint now = ports_.clock.now();
  Nanos start = ports_.clock.steady();
  FOVEA_TRY(auto pulled, ports_.source.pull(turn_size_, now, wait));
  for (const std::string& notice : pulled.notices) {
    if (ports_.tap) ports_.tap->notice(notice);
  }
  if (!pulled.events.empty()) {
    Passed passed;
    passed.intake = ports_.clock.steady();
    size_t count = pulled.events.size();
    {
      std::lock_guard deciding(journey_mutex_);
      FOVEA_TRY(
          passed.receipts,
          ports_.journey.take(std::move(pulled.events), now, [this](auto ids) { return seen(ids); }, passed.turn));
    }
    passed.cursor = ports_.source.cursor();
    passed.turn.cursors[ports_.source.name()] = passed.cursor;
    // The next turn takes in as many events as fit into kTurnTarget at this turn's pace, so that none waits long.
    auto pace = std::max<Nanos>((ports_.clock.steady() - start) / static_cast<int64_t>(count), Nanos(1));
    auto fitting = static_cast<size_t>(Nanos(kTurnTarget) / pace);
    turn_size_ = std::clamp<size_t>((turn_size_ + fitting) / 2, 1, ports_.journey.flow().limits.batch);
    pass(std::move(passed));
  }
  if (!ports_.threads) {
    while (!decided_.empty()) {
      Passed passed = std::move(decided_.front());
      decided_.pop_front();
      FOVEA_OK(keep(std::move(passed)));
      FOVEA_TRY(bool acted, act_on_due());
      (void)acted;
    }
    acknowledge();
  }
  return !pulled.exhausted && !(stopping_ && pulled.events.empty());
}

Result<std::map<std::string, store::Store::Seen>> Runner::seen(std::span<const std::string> ids) {
  std::vector<std::string> unknown;
  std::map<std::string, store::Store::Seen> known;
  {
    std::lock_guard lock(mutex_);
    for (const std::string& id : ids) {
      if (in_flight_.contains(id)) {
        known[id] = {1, ports_.clock.now()};
      } else {
        unknown.push_back(id);
      }
    }
  }
  FOVEA_TRY(auto kept, (ports_.reader ? *ports_.reader : ports_.store).seen(ports_.source.name(), unknown));
  known.merge(kept);
  return known;
}

void Runner::pass(Passed passed) {
  std::unique_lock lock(mutex_);
  if (ports_.threads) moved_.wait(lock, [&] { return decided_.size() < kTurnsWaitingMax || error_; });
  for (const auto& receipt : passed.receipts) in_flight_.insert(receipt.id);
  decided_.push_back(std::move(passed));
  moved_.notify_all();
}

void Runner::acknowledge() {
  std::deque<Passed> done;
  {
    std::lock_guard lock(mutex_);
    done.swap(done_);
  }
  for (const Passed& passed : done) ports_.source.acknowledge(passed.cursor, passed.receipts);
}

}  // namespace fovea::flow
