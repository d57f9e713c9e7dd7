#include "serve/remote/google_token.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/json.h"
#include "serve/fetch/uri.h"

namespace fovea::remote {
namespace {

constexpr std::string_view kScope = "https://www.googleapis.com/auth/cloud-platform";
constexpr int64_t kLifeSeconds = 3600;

std::string base64_url(std::string_view bytes) {
  std::string out = to_base64(bytes);
  std::ranges::replace(out, '+', '-');
  std::ranges::replace(out, '/', '_');
  out.erase(out.find_last_not_of('=') + 1);
  return out;
}

Result<std::string> sign_rs256(const std::string& pem, std::string_view text) {
  const auto bad = [] { return fail(Code::kInvalidArgument, "the private key is no RSA key in PEM", "private_key"); };
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                      BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr) : nullptr, EVP_PKEY_free);
  if (!key || EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA) return bad();
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1)
    return bad();
  std::string out(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes, text.size()) != 1)
    return bad();
  out.resize(size);
  return out;
}

}  // namespace

Result<ServiceAccount> read_service_account(std::string_view json) {
  const auto parsed = parse_json(json);
  ServiceAccount out;
  if (parsed) {
    out = {std::string(text_or(member(*parsed, "client_email"), "")),
           std::string(text_or(member(*parsed, "private_key_id"), "")),
           std::string(text_or(member(*parsed, "private_key"), "")),
           std::string(text_or(member(*parsed, "token_uri"), ""))};
  }
  if (out.email.empty() || out.private_key.empty() || out.token_uri.empty())
    return fail(Code::kInvalidArgument, "is no key of a service account", "google_key",
                "the JSON file that Google gives, with client_email, private_key and token_uri");
  FOVEA_TRY(const fetch::Uri uri, fetch::parse_uri(out.token_uri));
  if (!uri.tls && !fetch::is_loopback(uri))
    return fail(Code::kPermissionDenied, "the assertion would go over plain HTTP", "token_uri");
  return out;
}

Result<std::string> service_account_jwt(const ServiceAccount& account, TimePoint now) {
  const int64_t seconds = now.ns / 1'000'000'000;
  const std::string header = fmt::format(R"({{"alg":"RS256","typ":"JWT","kid":{}}})", quoted_text(account.key_id));
  const std::string claims =
      fmt::format(R"({{"iss":{},"scope":"{}","aud":{},"iat":{},"exp":{}}})", quoted_text(account.email), kScope,
                  quoted_text(account.token_uri), seconds, seconds + kLifeSeconds);
  const std::string text = base64_url(header) + "." + base64_url(claims);
  FOVEA_TRY(const std::string signature, sign_rs256(account.private_key, text));
  return text + "." + base64_url(signature);
}

void GoogleToken::with_token(const std::function<Result<std::string>()>& key, Nanos timeout, Then then) {
  std::string token;
  {
    const std::lock_guard lock(mutex_);
    if (!token_.empty() && clock_.steady() < good_until_) {
      token = token_;
    } else {
      waiting_.push_back(std::move(then));
      if (waiting_.size() > 1) return;  // an exchange is under way
    }
  }
  if (!token.empty()) return then(std::move(token));
  const auto assertion = [&]() -> Result<fetch::HttpRequest> {
    FOVEA_TRY(const std::string json, key());
    FOVEA_TRY(const ServiceAccount account, read_service_account(json));
    FOVEA_TRY(const std::string jwt, service_account_jwt(account, clock_.now()));
    fetch::HttpRequest request;
    request.method = "POST";
    request.url = account.token_uri;
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    request.body = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + jwt;
    request.timeout = timeout;
    request.reply_bytes_max = 64 * 1024;
    return request;
  }();
  if (!assertion) return take(std::unexpected(assertion.error()));
  fetch_->start(
      *assertion, [self = shared_from_this()](fetch::MultiFetch::End end) { self->take(std::move(end.reply)); }, {},
      tls_);
}

void GoogleToken::take(Result<fetch::HttpReply> reply) {
  Result<std::string> token = [&]() -> Result<std::string> {
    if (!reply) return std::unexpected(reply.error());
    if (reply->status >= 500) return fail(Code::kUnavailable, fmt::format("the token server says {}", reply->status));
    const auto json = parse_json(reply->body);
    const std::string_view text = json ? text_or(member(*json, "access_token"), "") : "";
    if (reply->status != 200 || text.empty())
      return fail(Code::kUnauthenticated, fmt::format("the service account is refused ({})", reply->status), "",
                  "look at google_key, and at the clock of this machine");
    const double life = std::clamp(number_or(member(*json, "expires_in"), kLifeSeconds), 0.0, 86'400.0);
    const std::lock_guard lock(mutex_);
    token_ = text;
    good_until_ = clock_.steady() + std::chrono::seconds(static_cast<int64_t>(life)) - std::chrono::minutes(1);
    return token_;
  }();
  std::vector<Then> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
  }
  for (const Then& then : waiting) then(token);
}

void GoogleToken::forget() {
  const std::lock_guard lock(mutex_);
  token_.clear();
}

}  // namespace fovea::remote
