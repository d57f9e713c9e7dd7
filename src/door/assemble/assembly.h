// Everything that one flow needs, opened and wired.
// Threads: create from one; the parts as they say themselves.
#pragma once

#include <memory>
#include <string>

#include "act/effector.h"
#include "act/secret.h"
#include "base/clock.h"
#include "base/files.h"
#include "door/assemble/remote_models.h"
#include "flow/file/flow.h"
#include "flow/journey.h"
#include "flow/runner.h"
#include "serve/inference/inference.h"
#include "store/store.h"
#include "stream/connectors/source.h"
#include "trust/audit/log.h"

namespace fovea::assemble {

struct Options {
  std::string flow_path;
  std::string state;  // as --state was given; may be empty
  bool once = false;
  bool with_source = true;                 // false: for review, undo, replay
  bool writer = true;                      // false: the state is only read
  bool state_by_name = false;              // `state` is a folder in which each flow has its own, by its name
  inference::Inference* served = nullptr;  // models that a ladder may name as NAME@VERSION; null: none
};

class Assembly {
 public:
  static Result<std::unique_ptr<Assembly>> create(const Options& options);
  ~Assembly();

  SystemClock clock;
  RealFiles files;
  file::FlowFile flow;
  std::string state;
  std::string secret;
  std::unique_ptr<store::Store> store;   // the writer, or the reader where options.writer is false
  std::unique_ptr<store::Store> reader;  // for the deciding thread
  std::unique_ptr<act::Secrets> secrets;
  act::Effectors effectors;
  std::unique_ptr<audit::AuditLog> log;  // null for a reader
  std::unique_ptr<connectors::Source> source;
  std::unique_ptr<RemoteRungs> remote;  // what the journey's remote rungs send with
  std::unique_ptr<flow::Journey> journey;

 private:
  Assembly();
  Result<void> open_state(const Options& options);
  Result<void> open_effectors();
  Result<void> open_source(const Options& options);
};

// The audit log of a state folder, fed up to what the store holds.
Result<std::unique_ptr<audit::AuditLog>> open_log(Files& files, const std::string& state, const std::string& name);

}  // namespace fovea::assemble
