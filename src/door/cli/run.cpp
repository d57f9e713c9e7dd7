#include "door/cli/run.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "base/progress.h"
#include "door/assemble/assembly.h"
#include "door/cli/decision_line.h"
#include "door/cli/output.h"
#include "door/cli/stop_on_signal.h"

namespace fovea::cli {
namespace {

constexpr size_t kDecisionsShownMax = 2'000;  // of one run: what comes after is too much to read

// Shows decisions as they fall.
class Narrator final : public flow::Tap {
 public:
  explicit Narrator(bool quiet) : quiet_(quiet) {}
  void kept(const store::Turn& turn) override {
    if (quiet_) return;
    for (const store::Kept& each : turn.events) {
      if (shown_ == kDecisionsShownMax) say(dim("  ... the rest goes by unshown; see 'fovea decisions'"));
      if (shown_++ >= kDecisionsShownMax) break;
      say(decision_line(each));
    }
    for (const store::EffectChange& change : turn.effect_changes) {
      if (change.dead) say(tint("  dead letter: ", 203) + change.dead->cause);
    }
  }
  void notice(const std::string& text) override { say(dim("  note: " + text)); }

 private:
  bool quiet_;
  size_t shown_ = 0;
};

}  // namespace

int run_flow(const RunOptions& options) {
  StopOnSignal signals;
  auto parts = assemble::Assembly::create({options.flow, options.state, options.once, true, true});
  if (!parts) return report(parts.error(), options.json);
  for (const file::Warning& warning : (*parts)->flow.warnings)
    say(dim(fmt::format("  warning: {}: {}", warning.where, warning.message)));
  auto door =
      assemble::open_http_door(options.http, **parts, [](const std::string& text) { say(dim("  note: " + text)); });
  if (!door) return report(door.error(), options.json);
  if (door->server)
    say(fmt::format("listening on http://127.0.0.1:{} for POST /v1/events/{}", door->server->port(),
                    (*parts)->flow.source.path));
  Narrator narrator(options.quiet || Progress::quiet());
  assemble::Assembly& p = **parts;
  flow::RequestBox requests(p.files, p.state);
  flow::Runner runner({p.clock, *p.source, *p.store, p.reader.get(), *p.journey, *p.log, p.effectors, &narrator,
                       options.once, true, &requests});
  auto summary = [&] {
    const auto watch = signals.watch([&runner] { runner.stop(); });
    return runner.run();
  }();
  if (door->server) door->server->stop();
  if (!summary) return report(summary.error(), options.json);
  say_summary(*summary, p.flow, p.state);
  if (options.json) answer(summary->json());
  return signals.received() ? 128 + signals.received() : kDone;
}

}  // namespace fovea::cli
