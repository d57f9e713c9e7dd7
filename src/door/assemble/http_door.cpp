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
  FOVEA_TRY(server.token, token_of(door));
  return server;
}

Result<std::unique_ptr<http::Server>> open_http_door(const HttpDoor& door, Assembly& parts) {
  auto* source = dynamic_cast<connectors::HttpSource*>(parts.source.get());
  if (source == nullptr) return std::unique_ptr<http::Server>();
  FOVEA_TRY(auto server, server_options(door));
  http::EventSources sources{{parts.flow.source.path, source}};
  return http::Server::start(server, http::events_api(std::move(sources), parts.clock));
}

}  // namespace fovea::assemble
