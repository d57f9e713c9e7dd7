// Whom a certificate names: its subject alternative names as "dns:HOST", "uri:URI", "email:ADDRESS", and its subject's
// common name as "cn:NAME". Errors: kInvalidArgument (no certificate). Threads: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fovea::access {

// `certificate`: PEM or DER. At most kCertificateNamesMax names; those with bytes that are no visible ASCII are left
// out, so that no certificate looks like another's name.
Result<std::vector<std::string>> certificate_names(std::string_view certificate);

bool is_certificate_name(std::string_view name);  // "dns:..." and the like, as above

}  // namespace fovea::access
