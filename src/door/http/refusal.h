// Why a request gets no answer, before a family of clients puts it into its own error body.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "door/access/access.h"
#include "door/http/request.h"

namespace fovea::http {

struct Refusal {
  int status = 0;  // 0: by the error's code
  Error error;
  Nanos retry_after{0};     // 0: not said
  bool retry_helps = true;  // false: sent as x-should-retry
  std::string allow;        // of 405: "GET, POST"
};

using Refuse = Response (*)(const Refusal& refusal);  // a family's form of it

// Headers of a refusal in any form: Retry-After (whole seconds, rounded up), retry-after-ms, x-should-retry, Allow, and
// WWW-Authenticate of a 401.
void add_refusal_headers(const Refusal& refusal, Response& response);

Refusal refusal_of(access::Denial denial);

Response problem_of(const Refusal& refusal);  // RFC 9457 problem+json, for routes of our own

}  // namespace fovea::http
