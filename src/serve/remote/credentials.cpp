#include "serve/remote/credentials.h"

#include "base/digest.h"
#include "serve/remote/secret.h"

namespace fovea::remote {

Credentials::Credentials(const RemoteOptions& options, std::shared_ptr<fetch::MultiFetch> fetch, const Clock& clock)
    : options_(options), clock_(clock) {
  const fetch::CurlOptions tls{options.tls.ca_file, options.tls.certificate_file, options.tls.key_file};
  if (!options.auth.google_key.empty()) google_ = std::make_shared<GoogleToken>(std::move(fetch), tls, clock);
}

Result<std::string> Credentials::value(const std::string& reference) const {
  auto found = secret_value(reference, options_.folder);
  if (!found && found.error().where.empty()) found.error().where = options_.file;
  return found;
}

Result<void> Credentials::check() const {
  const Auth& auth = options_.auth;
  for (const std::string* each : {&auth.bearer, &auth.value, &auth.aws_access_key, &auth.aws_secret_key,
                                  &auth.aws_session_token, &auth.google_key})
    if (!each->empty()) FOVEA_OK(value(*each));
  return {};
}

Result<void> Credentials::sign(fetch::HttpRequest& request) const {
  const Auth& auth = options_.auth;
  fetch::AwsCredentials keys;
  FOVEA_TRY(keys.access_key, value(auth.aws_access_key));
  FOVEA_TRY(keys.secret_key, value(auth.aws_secret_key));
  if (!auth.aws_session_token.empty()) {
    FOVEA_TRY(keys.session_token, value(auth.aws_session_token));
  }
  const Digest digest = sha256(request.body);
  FOVEA_TRY(const fetch::Headers headers,
            sign_sigv4({request.method, request.url, request.headers, to_hex(bytes_of(digest))}, keys,
                       {auth.aws_region, "sagemaker"}, clock_.now()));
  request.secrets.insert(request.secrets.end(), headers.begin(), headers.end());
  return {};
}

void Credentials::add(fetch::HttpRequest request, const Then& then) const {
  const Auth& auth = options_.auth;
  if (google_) {
    const Nanos timeout = request.timeout;
    const auto key = [this] { return value(options_.auth.google_key); };
    google_->with_token(key, timeout, [request = std::move(request), then](Result<std::string> token) mutable {
      if (!token) return then(std::unexpected(std::move(token.error())));
      request.secrets.emplace_back("Authorization", "Bearer " + *token);
      then(std::move(request));
    });
    return;
  }
  const auto added = [&]() -> Result<void> {
    if (!auth.bearer.empty()) {
      FOVEA_TRY(const std::string token, value(auth.bearer));
      request.secrets.emplace_back("Authorization", "Bearer " + token);
    } else if (!auth.header.empty()) {
      FOVEA_TRY(std::string secret, value(auth.value));
      request.secrets.emplace_back(auth.header, std::move(secret));
    } else if (!auth.aws_access_key.empty()) {
      FOVEA_OK(sign(request));
    }
    return {};
  }();
  if (!added) return then(std::unexpected(added.error()));
  then(std::move(request));
}

void Credentials::refused() const {
  if (google_) google_->forget();
}

}  // namespace fovea::remote
