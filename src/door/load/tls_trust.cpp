#include "door/load/tls_trust.h"

namespace fovea::load {

namespace ssl = boost::asio::ssl;

Result<ssl::context> tls_trust(const std::string& ca) {
  ssl::context tls(ssl::context::tls_client);
  boost::system::error_code error;
  tls.set_verify_mode(ssl::verify_peer, error);
  if (ca.empty()) {
    tls.set_default_verify_paths(error);
  } else {
    tls.load_verify_file(ca, error);
  }
  if (error)
    return fail(Code::kInvalidArgument, "cannot read the authorities: " + error.message(), ca.empty() ? "--url" : ca,
                "a PEM file");
  return tls;
}

}  // namespace fovea::load
