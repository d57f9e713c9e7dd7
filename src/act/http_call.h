// Calls an HTTP service (libcurl). Arguments: {method, url, headers?, body?, timeout?, idempotent?, reconcile?}.
// `url` and header values may refer to secrets; `body` is JSON and never does. Every call carries `Idempotency-Key`.
// 2xx: done, outcome {status, id?, body?}. 408, 425, 429, 5xx and a failed connection: retry, as late as Retry-After
// says. Other answers: failed. No answer after the request went out: unknown, unless the method is GET or the flow says
// `idempotent: true`; then it is called again under the same key. An answer whose status came but whose body broke off
// or is over 1 MiB counts by its status, with {truncated: true}. `reconcile: {get: URL}` says how to find out what
// became of an unknown one: 2xx happened, 404 or 410 did not. There is no undo of its own: a flow declares one. TLS is
// verified, redirects are not followed. Cost: one connection, kept open; calls of a batch follow one another.
#pragma once

#include <memory>

#include "act/effector.h"
#include "act/secret.h"

namespace fovea::act {

struct HttpOptions {
  std::string ca_file;  // empty: the system's
};

std::unique_ptr<Effector> make_http_call(const Secrets& secrets, HttpOptions options = {});

}  // namespace fovea::act
