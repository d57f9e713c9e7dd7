#include "door/assemble/grpc_door.h"

#include <fmt/format.h>

#include <charconv>

namespace fovea::assemble {

Result<rpc::ServerOptions> grpc_options(const std::string& address, const HttpDoor& door, bool keys_asked) {
  rpc::ServerOptions out;
  const size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  const std::string digits = colon == std::string::npos ? "" : address.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
  if (host.empty() || digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) {
    return fail(Code::kInvalidArgument, fmt::format("'{}' is not HOST:PORT", address), "--grpc",
                "write 127.0.0.1:8081");
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);  // of IPv6
  out.address = std::move(host);
  out.tls_certificate = door.tls_certificate;
  out.tls_key = door.tls_key;
  out.tls_client_ca = door.tls_client_ca;
  out.keys_asked = keys_asked;
  return out;
}

Result<std::unique_ptr<GrpcDoor>> GrpcDoor::open(const rpc::ServerOptions& options, access::Access& access,
                                                 inference::Inference& inference, const Clock& clock,
                                                 std::string usual_model) {
  std::unique_ptr<GrpcDoor> made(new GrpcDoor(access, inference, clock, std::move(usual_model)));
  FOVEA_TRY(made->server_, rpc::Server::start(options, made->service_));
  return made;
}

}  // namespace fovea::assemble
