#include "door/assemble/http_door.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

#include "door/access/key_access.h"
#include "door/http/events_api.h"
#include "stream/connectors/http_source.h"

namespace fovea::assemble {
namespace {

Result<std::string> token_of(const HttpDoor& door) {
  if (door.token_variable.empty()) return std::string();
  const char* token = std::getenv(door.token_variable.c_str());
  if (token == nullptr || *token == '\0') {
    return fail(Code::kInvalidArgument, fmt::format("the environment variable {} is not set", door.token_variable),
                "--token-env");
  }
  return std::string(token);
}

}  // namespace

Result<std::unique_ptr<access::Access>> open_access(const HttpDoor& door, Files& files, const Clock& clock,
                                                    std::function<void(const std::string&)> notice) {
  access::KeySource source;
  FOVEA_TRY(source.token, token_of(door));
  source.file = door.keys_file;
  source.notice = std::move(notice);
  if (source.token.empty() && source.file.empty()) return std::make_unique<access::OpenAccess>();
  FOVEA_TRY(auto made, access::KeyAccess::create(std::move(source), files, clock));
  return made;
}

Result<http::ServerOptions> server_options(const HttpDoor& door) {
  http::ServerOptions server;
  if (!door.address.empty()) {
    size_t colon = door.address.rfind(':');
    std::string_view digits = colon == std::string::npos ? "" : std::string_view(door.address).substr(colon + 1);
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), server.port);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) {
      return fail(Code::kInvalidArgument, fmt::format("'{}' is not HOST:PORT", door.address), "--http",
                  "write 127.0.0.1:8080");
    }
    server.address = door.address.substr(0, colon);
  }
  server.tls_certificate = door.tls_certificate;
  server.tls_key = door.tls_key;
  server.tls_client_ca = door.tls_client_ca;
  return server;
}

Result<EventsDoor> open_http_door(const HttpDoor& door, Assembly& parts,
                                  std::function<void(const std::string&)> notice) {
  EventsDoor out;
  auto* source = dynamic_cast<connectors::HttpSource*>(parts.source.get());
  if (source == nullptr) return out;
  FOVEA_TRY(auto options, server_options(door));
  FOVEA_TRY(out.access, open_access(door, parts.files, parts.clock, std::move(notice)));
  http::EventSources sources{{parts.flow.source.path, source}};
  FOVEA_TRY(auto router, http::Router::create(http::events_routes(std::move(sources), parts.clock), *out.access));
  FOVEA_TRY(out.server, http::Server::start(std::move(options), std::move(router)));
  return out;
}

}  // namespace fovea::assemble
