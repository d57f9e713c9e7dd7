// How a call ends: well, or with a status of gRPC and when to come again.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "door/access/access.h"
#include "serve/inference/inference.h"

namespace fovea::rpc {

using Metadata = std::vector<std::pair<std::string, std::string>>;  // keys in small letters

struct Ending {
  std::optional<Error> error;  // nullopt: well
  Nanos retry_after{0};        // 0: not said
  bool retry_helps = true;
};

Ending ending(Error error);
Ending ending_of(inference::Failure failure);
Ending ending_of(access::Denial denial);

// grpc-retry-pushback-ms (gRPC's retry design, A6): when to come again, rounded up; "-1": do not. And, of
// RESOURCE_EXHAUSTED and UNAVAILABLE, grpc-status-details-bin with a google.rpc.RetryInfo.
Metadata trailers_of(const Ending& ending);

}  // namespace fovea::rpc
