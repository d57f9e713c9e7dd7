// What KServe v2 is over HTTP and over gRPC alike: which output is read.
#pragma once

#include <string>

#include "serve/remote/remote_options.h"

namespace fovea::remote {

// The output that answers: the declared one, else what `fovea serve` calls it.
std::string v2_output(const RemoteOptions& options);

}  // namespace fovea::remote
