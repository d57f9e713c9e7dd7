#include "door/assemble/flow_door.h"

#include <fmt/format.h>

#include "stream/connectors/http_source.h"

namespace fovea::assemble {

// Hands on what an operator should know.
class FlowDoor::Ear final : public flow::Tap {
 public:
  explicit Ear(const FlowDoor& door) : door_(door) {}
  void kept(const store::Turn& turn) override {
    for (const store::EffectChange& change : turn.effect_changes) {
      if (change.dead) notice("dead letter: " + change.dead->cause);
    }
  }
  void notice(const std::string& text) override {
    if (door_.notice_) door_.notice_(door_.name() + ": " + text);
  }

 private:
  const FlowDoor& door_;
};

FlowDoor::FlowDoor() = default;

FlowDoor::~FlowDoor() {
  if (thread_.joinable()) {
    runner_->stop();
    thread_.join();
  }
  if (source_) source_->end();
}

Result<std::unique_ptr<FlowDoor>> FlowDoor::open(const FlowDoorOptions& options, inference::Inference& models,
                                                 Notice notice) {
  std::unique_ptr<FlowDoor> made(new FlowDoor());
  made->notice_ = std::move(notice);
  Options parts{options.flow_path, options.state, false, true, true};
  parts.state_by_name = true;
  parts.served = &models;
  FOVEA_TRY(made->parts_, Assembly::create(parts));
  Assembly& p = *made->parts_;
  made->source_ = dynamic_cast<connectors::HttpSource*>(p.source.get());
  if (made->source_ == nullptr) {
    return fail(Code::kInvalidArgument, "is fed by another source than http, so nothing can be posted to it",
                options.flow_path, "say source: { http: NAME }, or use: fovea run");
  }
  for (const file::Warning& warning : p.flow.warnings) {
    if (made->notice_) made->notice_(warning.where + ": " + warning.message);
  }
  FOVEA_TRY(auto reader, store::Store::create({p.state, true, "", p.flow.name}));
  made->verdicts_ = std::make_unique<flow::KeptVerdicts>(std::move(reader));
  made->requests_ = std::make_unique<flow::RequestBox>(p.files, p.state);
  made->ear_ = std::make_unique<Ear>(*made);
  made->runner_ = std::make_unique<flow::Runner>(flow::RunnerPorts{p.clock, *p.source, *p.store, p.reader.get(),
                                                                   *p.journey, *p.log, p.effectors, made->ear_.get(),
                                                                   false, true, made->requests_.get()});
  return made;
}

http::DecidingFlow FlowDoor::deciding() {
  return {source_, [verdicts = verdicts_.get(), source = source_->name()](std::string id, auto done) {
            verdicts->find(source, std::move(id), std::move(done));
          }};
}

void FlowDoor::start() {
  running_ = true;
  thread_ = std::thread([this] {
    const auto summary = runner_->run();
    running_ = false;
    source_->end();  // nobody would answer what still waits
    if (!summary && notice_) notice_(fmt::format("{} ended: {}", name(), summary.error().text()));
  });
}

bool FlowDoor::stop(Nanos grace) {
  source_->close();
  const Nanos until = parts_->clock.steady() + grace;
  while (running_ && source_->waiting() > 0 && parts_->clock.steady() < until) {
    parts_->clock.sleep(std::chrono::milliseconds(1));
  }
  const bool all = source_->waiting() == 0;
  runner_->stop();
  if (thread_.joinable()) thread_.join();
  source_->end();
  return all;
}

}  // namespace fovea::assemble
