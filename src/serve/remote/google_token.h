// Access tokens of a Google service account: a signed JWT (RS256) is exchanged for a token, which is kept until a
// minute before it expires. One exchange at a time, however many ask. Source: "Using OAuth 2.0 for Server to Server
// Applications"; RFC 7515, RFC 7523. Threads: any. Errors: kInvalidArgument (the key), kUnauthenticated (it is
// refused), those of the exchange.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "serve/fetch/multi_fetch.h"

namespace fovea::remote {

struct ServiceAccount {
  std::string email, key_id, private_key, token_uri;
};
Result<ServiceAccount> read_service_account(std::string_view json);

// The signed assertion. Errors: kInvalidArgument: the private key is no RSA key in PEM.
Result<std::string> service_account_jwt(const ServiceAccount& account, TimePoint now);

class GoogleToken : public std::enable_shared_from_this<GoogleToken> {
 public:
  using Then = std::function<void(Result<std::string>)>;
  GoogleToken(std::shared_ptr<fetch::MultiFetch> fetch, fetch::CurlOptions tls, const Clock& clock)
      : fetch_(std::move(fetch)), tls_(std::move(tls)), clock_(clock) {}

  // `key` is the account's JSON; called for the exchange only.
  void with_token(const std::function<Result<std::string>()>& key, Nanos timeout, Then then);
  void forget();  // it was refused

 private:
  void take(Result<fetch::HttpReply> reply);

  const std::shared_ptr<fetch::MultiFetch> fetch_;
  const fetch::CurlOptions tls_;
  const Clock& clock_;
  std::mutex mutex_;
  std::string token_;  // these three are guarded by mutex_
  Nanos good_until_{0};
  std::vector<Then> waiting_;
};

}  // namespace fovea::remote
