// Asks other people's HTTP servers: the port, and the real one over libcurl.
// Journey: the registry pulls models with it; whoever signs with sigv4.h sends with it.
// A reply with any status is a reply; errors are of the exchange itself: kInvalidArgument (the URL, a header),
// kUnavailable (no connection, or it broke off: what was taken stays taken), kDeadlineExceeded, kCancelled (`take` said
// no), kResourceExhausted (a larger reply than asked for), kPermissionDenied (a secret over plain HTTP to another
// machine). `where` is the URL without its query, for queries may hold signatures.
// Security: TLS is verified. `secrets` are headers that are sent to the URL's own host only, and over TLS or loopback
// only; redirects never leave TLS.
// Threads: every call from any.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "serve/fetch/limits.h"
#include "serve/fetch/sigv4.h"

namespace fovea::fetch {

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  Headers headers;
  Headers secrets;  // Authorization and its like
  std::string body;
  Nanos timeout{0};               // of all of it; 0: none, but kStallMax without a byte ends it
  bool follow_redirects = false;  // kRedirectsMax at most
  uint64_t reply_bytes_max = kReplyBytesMax;
};

struct HttpReply {
  long status = 0;
  Headers headers;   // of the last reply where redirects were followed; names in small letters
  std::string body;  // empty where a `take` took it
  std::string_view header(std::string_view name) const;  // in small letters; empty: not there
};

// Takes bodies as they come, with the status and headers that they belong to; false ends the exchange.
using TakeBody = std::function<bool(const HttpReply& head, std::string_view bytes)>;

class HttpFetch {
 public:
  virtual ~HttpFetch() = default;
  virtual Result<HttpReply> fetch(const HttpRequest& request, const TakeBody& take = {}) = 0;
};

struct CurlOptions {
  std::string ca_file;                     // empty: the system's
  std::string certificate_file, key_file;  // of the client; empty: none
};
std::unique_ptr<HttpFetch> make_curl_fetch(CurlOptions options = {});

}  // namespace fovea::fetch
