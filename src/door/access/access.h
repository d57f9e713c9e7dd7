// The one authorisation point: every request, over HTTP and over gRPC, is asked here, before anything is looked up for
// it. A port: KeyAccess knows keys, OpenAccess lets everyone do everything (loopback without keys), tests have theirs.
// Threads: any.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "door/access/caller.h"
#include "door/access/right.h"

namespace fovea::access {

struct Ask {
  Needs needs;                              // of the route or method
  std::string_view key = {};                // as it was sent: key_of() says where; empty: none
  std::span<const std::string> names = {};  // of the client's certificate (certificate_names.h), once TLS verified it
};

struct Denial {
  Error error;  // kUnauthenticated, kPermissionDenied, kResourceExhausted (a quota); it never holds a key
  Nanos retry_after{0};
};

class Access {
 public:
  virtual ~Access() = default;
  virtual std::expected<Caller, Denial> authorise(const Ask& ask) = 0;
  virtual bool guarded() const = 0;  // false: keys are not asked for
};

class OpenAccess final : public Access {
 public:
  std::expected<Caller, Denial> authorise(const Ask&) override { return Caller{}; }
  bool guarded() const override { return false; }
};

// The key of "authorization: Bearer KEY", else that of "x-api-key" (gRPC: metadata of these names). Empty: none. Other
// schemes of authorization (AWS's signatures) hold no key.
std::string_view key_of(std::string_view authorization, std::string_view x_api_key);

}  // namespace fovea::access
