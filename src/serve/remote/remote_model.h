// A model of another service behind the Backend port: repeats what may be repeated, opens a circuit when the service
// fails, spends no more than its day's budget, lets marked data go to its own region only, and lets nothing through
// that is not what was declared. Journey: `fovea serve --model NAME=FILE.yaml` and a flow's rung `remote` open one;
// RemoteLane starts its requests. Repeated: what was not delivered, or was refused with 429 or 503 (as late as
// Retry-After says); what may have been worked on only where the file says `idempotent: true`. Never past the deadline,
// never more than one in ten requests. Ownership: shares `parts.fetch`; borrows the rest. Threads: any. Errors: of
// open(): those of the file, of its secrets and of its budget's state. Of its requests: remote_backend.h.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/files.h"
#include "serve/fetch/multi_fetch.h"
#include "serve/inference/remote_backend.h"
#include "serve/remote/remote_options.h"
#include "serve/remote/wire.h"

namespace fovea::remote {

struct RemoteParts {
  std::shared_ptr<fetch::MultiFetch> fetch;  // its owner must outlive the models, whose ends it tells
  Files& files;
  const Clock& clock;
};

// `name` is its name here.
Result<std::unique_ptr<inference::RemoteBackend>> open_remote_model(const std::string& name, RemoteOptions options,
                                                                    const RemoteParts& parts);
// The same over a wire of the caller's, for tests.
Result<std::unique_ptr<inference::RemoteBackend>> open_remote_model(const std::string& name, RemoteOptions options,
                                                                    const RemoteParts& parts,
                                                                    std::unique_ptr<Wire> wire);

// Whether a place of a model (`--model NAME=PLACE`) is the file of a remote one.
bool is_remote_file(const std::string& place);

}  // namespace fovea::remote
