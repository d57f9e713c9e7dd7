// The flags of every verb that listens: where, with which TLS, behind which token.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "door/assemble/http_door.h"

namespace fovea::cli {

// `door` must outlive the parsing. `http_help`: of --http.
inline void add_http_options(CLI::App& verb, assemble::HttpDoor& door, const std::string& http_help) {
  verb.add_option("--http", door.address, http_help);
  verb.add_option("--tls-certificate", door.tls_certificate, "PEM file; needed to listen off loopback");
  verb.add_option("--tls-key", door.tls_key, "PEM file");
  verb.add_option("--token-env", door.token_variable,
                  "Environment variable that holds the bearer token clients must send");
}

}  // namespace fovea::cli
