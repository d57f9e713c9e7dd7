// KServe v2 over gRPC: the services whose `url` is grpc://HOST:PORT (loopback, or nothing secret) or grpcs://HOST:PORT.
// Journey: a remote model sends with it. The deadline travels as gRPC's own; gRPC's own retries are off, for a remote
// model has one owner of them; `grpc-retry-pushback-ms` is how late the service wants the next.
#pragma once

#include <memory>

#include "serve/fetch/multi_fetch.h"
#include "serve/remote/wire.h"

namespace fovea::remote {

// Borrows the options; `fetch` lends its clock's thread for what is sent later. Errors: kInvalidArgument (the URL),
// those of secrets and files, kPermissionDenied: secrets without TLS.
Result<std::unique_ptr<Wire>> make_grpc_wire(const RemoteOptions& options, std::shared_ptr<fetch::MultiFetch> fetch);

}  // namespace fovea::remote
