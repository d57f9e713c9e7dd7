// Parts of URLs (RFC 3986): percent encoding, and the host, path and query of an http or https URL.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace fovea::fetch {

// All but A-Z a-z 0-9 - . _ ~ as %XX; `keep_slash`: '/' too stays, for paths.
std::string percent_encoded(std::string_view text, bool keep_slash = false);

struct Uri {
  bool tls = false;
  std::string authority;  // host[:port] as written
  std::string host;       // without port and brackets, in small letters
  std::string path;       // begins with '/'; as it is sent
  std::string query;      // without '?'
};

// Errors: kInvalidArgument: no http:// or https://, no host, a user in it, blanks or control characters, or longer
// than kUrlBytesMax.
Result<Uri> parse_uri(std::string_view url);

bool is_loopback(const Uri& uri);  // localhost, 127.0.0.0/8, [::1]

}  // namespace fovea::fetch
