// Calls an HTTP service (libcurl). Arguments: {method, url, headers?, body?, idempotent?, timeout?, reconcile?}.
// `url` and header values may refer to secrets; `body` is JSON and never does. Every call carries `Idempotency-Key`.
// 2xx: done, outcome {status, id?, body?}. 408, 425, 429, 5xx and a failed connection: retry, as late as Retry-After
// says. Other answers: failed. No answer after the request went out: unknown, unless the flow says `idempotent: true`.
// `reconcile: {get: URL}` says how to find out: 2xx happened, 404 or 410 did not.
// TLS is verified, redirects are not followed, answers over 1 MiB fail.
#pragma once

#include <memory>

#include "act/effector.h"
#include "act/secret.h"

namespace fovea::act {

struct HttpOptions {
  std::string ca_file;  // empty: the system's
};

std::unique_ptr<Effector> make_http_call(const Secrets& secrets, const Clock& clock, HttpOptions options = {});

}  // namespace fovea::act
