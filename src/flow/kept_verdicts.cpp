#include "flow/kept_verdicts.h"

#include <fmt/format.h>

#include "flow/limits.h"

namespace fovea::flow {

KeptVerdicts::KeptVerdicts(std::unique_ptr<store::Store> reader)
    : reader_(std::move(reader)), thread_([this] { run(); }) {}

KeptVerdicts::~KeptVerdicts() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  more_.notify_one();
  thread_.join();
  for (Wanted& each : wanted_) each.done(fail(Code::kUnavailable, "the flow stops", {}, "send the event again"));
}

void KeptVerdicts::find(std::string source, std::string id, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (wanted_.size() < kVerdictsWaitingMax) {
      wanted_.push_back({std::move(source), std::move(id), std::move(done)});
      more_.notify_one();
      return;
    }
  }
  done(fail(Code::kResourceExhausted, "too many events that came before are asked for", {}, "send it again later"));
}

void KeptVerdicts::run() {
  for (;;) {
    Wanted next;
    {
      std::unique_lock lock(mutex_);
      more_.wait(lock, [&] { return ended_ || !wanted_.empty(); });
      if (ended_) return;
      next = std::move(wanted_.front());
      wanted_.pop_front();
    }
    auto found = reader_->verdict(next.source, next.id);
    if (!found) {
      next.done(std::unexpected(std::move(found.error())));
    } else if (!*found) {
      next.done(fail(Code::kNotFound, fmt::format("nothing is kept of the event '{}'", next.id)));
    } else {
      next.done(std::move(**found));
    }
  }
}

}  // namespace fovea::flow
