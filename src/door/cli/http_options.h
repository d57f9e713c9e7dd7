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
  verb.add_option("--tls-client-ca", door.tls_client_ca,
                  "PEM file: every client must show a certificate that one of its CAs signed");
  verb.add_option("--keys", door.keys_file, "YAML file of the keys that clients may have (docs/guide/access.md)");
  verb.add_option("--token-env", door.token_variable, "Environment variable that holds a key which may do everything");
}

}  // namespace fovea::cli
