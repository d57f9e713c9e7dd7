// Whether an address may be listened on with what is given, and the TLS of a server.
// Errors: kInvalidArgument, kNotFound and the like of files; `where` is the file or the address.
#pragma once

#include <memory>
#include <string>

#include "door/grpc/server.h"

namespace grpc {
class ServerCredentials;
}

namespace fovea::rpc {

struct Address {
  std::string host;  // in numbers
  bool loopback = false;
};

// Off loopback: TLS, and a key or a client's certificate.
Result<Address> checked_address(const ServerOptions& options);
// Without a certificate: none. Certificate, key and authorities are read and checked here.
Result<std::shared_ptr<::grpc::ServerCredentials>> credentials_of(const ServerOptions& options);

}  // namespace fovea::rpc
