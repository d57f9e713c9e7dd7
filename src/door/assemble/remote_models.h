// Models of other services as backends of a model server and as rungs of a ladder.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/files.h"
#include "decide/ladder/ladder.h"
#include "flow/file/flow.h"
#include "serve/fetch/multi_fetch.h"
#include "serve/inference/backend_kind.h"

namespace fovea::assemble {

// The kind "remote": --model NAME=FILE.yaml. Borrows the clock. All that it opens share one thread that sends.
inference::BackendKind remote_kind(const Clock& clock);

// The remote rungs of one flow, which share one thread that sends. Borrows the files and the clock.
class RemoteRungs {
 public:
  RemoteRungs(Files& files, const Clock& clock) : files_(files), clock_(clock) {}
  // Of a `remote:` entry. Errors: those of its file, of remote::open_remote_model() and of make_remote_rung().
  Result<std::vector<std::unique_ptr<ladder::Rung>>> open(const file::Rung& rung, const file::Sure& sure);

 private:
  Files& files_;
  const Clock& clock_;
  std::shared_ptr<fetch::MultiFetch> fetch_;
};

}  // namespace fovea::assemble
