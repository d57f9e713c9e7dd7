#include "door/cli/change.h"

#include <algorithm>

#include "base/clock.h"
#include "base/files.h"
#include "door/assemble/assembly.h"
#include "flow/proof.h"
#include "flow/requests.h"
#include "flow/settle.h"

namespace fovea::cli {
namespace {

constexpr Nanos kAnswerWait = std::chrono::seconds(10);
constexpr Nanos kPoll = std::chrono::milliseconds(50);
constexpr Nanos kLockPoll = std::chrono::milliseconds(500);  // between looks whether the run has ended meanwhile
constexpr Nanos kSettlePatience = std::chrono::seconds(10);

bool settled(const std::vector<record::Effect>& effects) {
  return std::ranges::none_of(effects, [](const record::Effect& e) {
    return e.state == record::EffectState::kPending || e.state == record::EffectState::kAttempted ||
           e.state == record::EffectState::kUndoing;
  });
}

int64_t seq_of(const Json& answer) {
  const Json& seq = member(answer, "seq");
  return seq.is_int64() ? seq.get_int64() : 0;
}

// With the state's lock in hand. kAborted: somebody else has it.
Result<Changed> change_with_flow(const StateOptions& options, const Json& body) {
  FOVEA_TRY(auto parts, assemble::Assembly::create({options.flow, options.state, true, false, true}));
  flow::Desk desk{parts->clock, *parts->store, *parts->log, parts->effectors, parts->journey.get()};
  FOVEA_OK(flow::feed_log(*parts->store, *parts->log));
  Changed changed;
  FOVEA_TRY(changed.answer, flow::serve(desk, body));
  FOVEA_OK(parts->log->publish());
  flow::Actor actor(parts->flow, parts->effectors, parts->clock);
  FOVEA_TRY(changed.effects, flow::settle(desk, actor, parts->clock, seq_of(changed.answer), kSettlePatience));
  return changed;
}

Result<Changed> change_alone(const StateOptions& options, const Json& body) {
  SystemClock clock;
  RealFiles files;
  FOVEA_TRY(auto store, store::Store::create({options.dir(), false, "", ""}));
  FOVEA_TRY(auto log, assemble::open_log(files, options.dir(), "fovea"));
  FOVEA_OK(flow::feed_log(*store, *log));
  act::Effectors none;
  Changed changed;
  FOVEA_TRY(changed.answer, flow::serve({clock, *store, *log, none, nullptr}, body));
  FOVEA_OK(log->publish());
  FOVEA_TRY(changed.effects, store->effects_of(seq_of(changed.answer)));
  return changed;
}

// The run drives the effects; this only looks.
Result<Changed> answered(const StateOptions& options, Json answer, Clock& clock) {
  Changed changed;
  changed.by_run = true;
  changed.answer = std::move(answer);
  FOVEA_TRY(auto reader, open_kept(options));
  Nanos end = clock.steady() + kSettlePatience;
  for (;;) {
    FOVEA_TRY(changed.effects, reader->effects_of(seq_of(changed.answer)));
    if (settled(changed.effects) || clock.steady() >= end) return changed;
    clock.sleep(kPoll);
  }
}

Result<Changed> try_alone(const StateOptions& options, const Json& body) {
  return text_or(member(body, "do"), "") == "cancel" ? change_alone(options, body) : change_with_flow(options, body);
}

bool held_by_another(const Result<Changed>& result) {
  return !result && result.error().code == Code::kAborted;
}

}  // namespace

Result<Changed> change(const StateOptions& options, const Json& body) {
  FOVEA_TRY(auto exists, open_kept(options));  // a state is never made here
  exists.reset();
  auto done = try_alone(options, body);
  if (!held_by_another(done)) return done;
  SystemClock clock;
  RealFiles files;
  flow::RequestBox box(files, options.dir());
  FOVEA_TRY(std::string id, box.put(body, clock.now() + kAnswerWait));
  Nanos end = clock.steady() + kAnswerWait, look = clock.steady() + kLockPoll;
  while (clock.steady() < end) {
    clock.sleep(kPoll);
    if (auto answer = box.fetch(id)) {
      if (!*answer) return std::unexpected(answer->error());
      return answered(options, std::move(**answer), clock);
    }
    if (clock.steady() < look) continue;
    look = clock.steady() + kLockPoll;
    // The run may have ended without having seen the request. Whoever removes the request decides who serves it.
    auto lock = store::Store::create({options.dir(), false, "", ""});
    if (!lock) continue;
    bool ours = box.withdraw(id);
    lock->reset();
    if (ours) {
      done = try_alone(options, body);
      if (!held_by_another(done)) return done;
      FOVEA_TRY(id, box.put(body, clock.now() + kAnswerWait));
    }
  }
  if (box.withdraw(id)) {
    return fail(Code::kUnavailable, "the program that holds this state did not answer", options.dir(),
                "it may be starting, or be no 'fovea run'; try again");
  }
  if (auto answer = box.fetch(id); answer && *answer) return answered(options, std::move(**answer), clock);
  return fail(Code::kUnavailable, "the run took the request and has not answered yet", options.dir(),
              "look with 'fovea explain' whether it was done before you try again");
}

}  // namespace fovea::cli
