// A flow that decides what is posted to it, inside `fovea serve`: POST /v1/decide/NAME and POST /v1/events/NAME.
// Journey: open() reads the flow and takes its state's lock; start() begins to decide what the doors offered meanwhile;
// stop() takes in nothing more, decides what waits, and ends.
// Threads: open, start and stop from one; the source as it says.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "door/assemble/assembly.h"
#include "door/http/decide_api.h"
#include "flow/kept_verdicts.h"
#include "flow/requests.h"
#include "serve/inference/inference.h"

namespace fovea::assemble {

struct FlowDoorOptions {
  std::string flow_path;
  std::string state;  // a folder in which each flow has its own, by its name; empty: .fovea beside the flow
};

class FlowDoor {
 public:
  using Notice = std::function<void(const std::string&)>;

  // `models`: those that a ladder may name as NAME@VERSION; they must outlive it. Errors: those of Assembly;
  // kInvalidArgument where the flow's source is not http.
  static Result<std::unique_ptr<FlowDoor>> open(const FlowDoorOptions& options, inference::Inference& models,
                                                Notice notice);
  ~FlowDoor();

  const std::string& name() const { return parts_->flow.source.path; }  // in POST /v1/decide/NAME
  const std::string& state() const { return parts_->state; }
  connectors::HttpSource& source() { return *source_; }
  http::DecidingFlow deciding();

  void start();
  // Takes in nothing more. False: something still waited after `grace`, and was refused.
  bool stop(Nanos grace);
  bool running() const { return running_; }  // false: it was stopped, or ended with an error that was noticed

 private:
  class Ear;
  FlowDoor();

  Notice notice_;
  std::unique_ptr<Assembly> parts_;
  connectors::HttpSource* source_ = nullptr;
  std::unique_ptr<flow::KeptVerdicts> verdicts_;
  std::unique_ptr<flow::RequestBox> requests_;
  std::unique_ptr<Ear> ear_;
  std::unique_ptr<flow::Runner> runner_;
  std::atomic<bool> running_{false};
  std::thread thread_;
};

}  // namespace fovea::assemble
