// The gRPC door of `fovea serve`, with the TLS of the HTTP door and the same keys.
// Borrows access, inference and clock. Errors: kInvalidArgument (`where` is --grpc), those of rpc::Server.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "door/assemble/http_door.h"
#include "door/grpc/server.h"

namespace fovea::assemble {

// `address`: HOST:PORT.
Result<rpc::ServerOptions> grpc_options(const std::string& address, const HttpDoor& door, bool keys_asked);

class GrpcDoor {
 public:
  // `usual_model`: of requests that name none.
  static Result<std::unique_ptr<GrpcDoor>> open(const rpc::ServerOptions& options, access::Access& access,
                                                inference::Inference& inference, const Clock& clock,
                                                std::string usual_model);
  uint16_t port() const { return server_->port(); }
  bool drain(std::chrono::milliseconds grace) { return server_->drain(grace); }  // as rpc::Server::drain()

 private:
  GrpcDoor(access::Access& access, inference::Inference& inference, const Clock& clock, std::string usual_model)
      : service_(inference, clock, access, {std::move(usual_model)}) {}

  rpc::Service service_;
  std::unique_ptr<rpc::Server> server_;
};

}  // namespace fovea::assemble
