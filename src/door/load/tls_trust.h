// Whom a TLS client of a load run trusts. Brings Asio's headers: for .cpp files that hold them anyway.
// Errors: kInvalidArgument (authorities that cannot be read).
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <string>

#include "base/error.h"

namespace fovea::load {

// `ca`: a PEM file of authorities; empty: the system's.
Result<boost::asio::ssl::context> tls_trust(const std::string& ca);

}  // namespace fovea::load
