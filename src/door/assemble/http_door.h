// The HTTP door of a flow whose source is http: POST /v1/events/NAME.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "door/access/access.h"
#include "door/assemble/assembly.h"
#include "door/http/server.h"

namespace fovea::assemble {

struct HttpDoor {
  std::string address;  // HOST:PORT; empty: 127.0.0.1:8080
  std::string tls_certificate, tls_key, tls_client_ca;
  std::string token_variable;  // environment variable that holds the bearer token
  std::string keys_file;       // access::read_keys(); may stand beside the token
};

// Who may, for every door of the process: those who have a key, or everyone where neither keys nor a token are given.
// Borrows files and clock. Errors: kInvalidArgument (an option), those of access::KeyAccess.
Result<std::unique_ptr<access::Access>> open_access(const HttpDoor& door, Files& files, const Clock& clock,
                                                    std::function<void(const std::string&)> notice);

// Errors: kInvalidArgument (an option).
Result<http::ServerOptions> server_options(const HttpDoor& door);

// Where the flow has another source, no server. Errors: kInvalidArgument (an option), those of http::Server::start.
struct EventsDoor {
  std::unique_ptr<access::Access> access;
  std::unique_ptr<http::Server> server;
};
Result<EventsDoor> open_http_door(const HttpDoor& door, Assembly& parts,
                                  std::function<void(const std::string&)> notice);

}  // namespace fovea::assemble
