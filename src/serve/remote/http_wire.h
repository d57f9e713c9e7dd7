// The services that are asked over HTTP: where a request goes, what lets it in, and what a reply's status means.
// Journey: a remote model sends with it; a Dialect says what stands in the bodies.
// Security: redirects are refused; TLS is verified; secrets leave for the URL's own host only and are in no error.
#pragma once

#include <memory>

#include "serve/fetch/multi_fetch.h"
#include "serve/remote/wire.h"

namespace fovea::remote {

// Borrows the options and the clock. Errors: kInvalidArgument (the URL), those of Credentials::check(),
// kPermissionDenied: secrets over plain HTTP.
Result<std::unique_ptr<Wire>> make_http_wire(const RemoteOptions& options, std::shared_ptr<fetch::MultiFetch> fetch,
                                             const Clock& clock);

}  // namespace fovea::remote
