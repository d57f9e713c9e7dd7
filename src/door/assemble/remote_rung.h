// A model of another service as a rung of a ladder: asked in groups, several at once; whatever goes wrong steps down.
// A replay takes the answer that was kept and asks nobody.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/error.h"
#include "decide/ladder/ladder.h"
#include "flow/file/flow.h"
#include "serve/inference/remote_backend.h"

namespace fovea::assemble {

// Takes its thresholds from `sure`: a remote model has none of its own. Errors: kInvalidArgument: it is no
// classifier; kPermissionDenied: its `region` is not the rung's.
Result<std::unique_ptr<ladder::Rung>> make_remote_rung(std::shared_ptr<const inference::RemoteBackend> backend,
                                                       const std::string& region, const file::Rung& rung,
                                                       const file::Sure& sure);

}  // namespace fovea::assemble
