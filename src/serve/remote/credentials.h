// What lets a request in: a bearer token, a header, an AWS signature or a Google service account's token.
// Secrets are read for each request, so that a key that is replaced is taken at once.
// Threads: any; `then` is called once, possibly before add() returns.
// Errors: of a reference that can't be read (kNotFound), kInvalidArgument, kUnauthenticated.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "serve/fetch/multi_fetch.h"
#include "serve/remote/google_token.h"
#include "serve/remote/remote_options.h"

namespace fovea::remote {

class Credentials {
 public:
  using Then = std::function<void(Result<fetch::HttpRequest>)>;
  // Borrows all but the fetch, which must outlive it.
  Credentials(const RemoteOptions& options, std::shared_ptr<fetch::MultiFetch> fetch, const Clock& clock);

  // Every reference can be read now.
  Result<void> check() const;
  void add(fetch::HttpRequest request, const Then& then) const;
  void refused() const;  // what was added is not good (any more)

 private:
  Result<std::string> value(const std::string& reference) const;
  Result<void> sign(fetch::HttpRequest& request) const;

  const RemoteOptions& options_;
  const Clock& clock_;
  std::shared_ptr<GoogleToken> google_;
};

}  // namespace fovea::remote
