#include "serve/fetch/curl_exchange.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace fovea::fetch {
namespace {

std::string small(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::string without_query(std::string_view url) {
  return std::string(url.substr(0, url.find('?')));
}

Result<void> check_header(const std::string& name, std::string_view value) {
  const auto bad = [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; };
  if (!name.empty() && std::ranges::none_of(name, bad) && std::ranges::none_of(value, bad) &&
      name.find_first_of(": ") == std::string::npos)
    return {};
  return fail(Code::kInvalidArgument, "a header has control characters or no name", "header " + name);
}

}  // namespace

size_t CurlExchange::take_header(char* bytes, size_t, size_t count, void* to) {
  auto& exchange = *static_cast<CurlExchange*>(to);
  std::string_view line(bytes, count);
  if (line.starts_with("HTTP/")) {  // of a reply behind a redirect, too
    exchange.reply_.headers.clear();
    exchange.header_bytes_ = 0;
    const size_t blank = line.find(' ');
    exchange.reply_.status = blank == std::string_view::npos ? 0 : std::atol(line.data() + blank);
    return count;
  }
  exchange.header_bytes_ += count;
  if (exchange.header_bytes_ > kHeadersBytesMax) {
    exchange.too_large_ = true;
    return 0;
  }
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return count;
  std::string_view value = line.substr(colon + 1);
  while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
  exchange.reply_.headers.emplace_back(small(line.substr(0, colon)), value);
  return count;
}

size_t CurlExchange::take_body(char* bytes, size_t, size_t count, void* to) {
  auto& exchange = *static_cast<CurlExchange*>(to);
  exchange.body_bytes_ += count;
  if (exchange.body_bytes_ > exchange.request_.reply_bytes_max) {
    exchange.too_large_ = true;
    return 0;
  }
  if (!exchange.take_) {
    exchange.reply_.body.append(bytes, count);
  } else if (!exchange.take_(exchange.reply_, {bytes, count})) {
    exchange.refused_ = true;
    return 0;
  }
  return count;
}

Result<void> CurlExchange::check() const {
  if (!request_.secrets.empty() && !uri_.tls && !is_loopback(uri_))
    return fail(Code::kPermissionDenied, "credentials would go over plain HTTP", without_query(request_.url),
                "use https://");
  if (!request_.follow_redirects) return {};
  // Where a redirect leads, libcurl leaves Authorization and Cookie behind; other names of secrets it would carry on.
  for (const auto& [name, value] : request_.secrets)
    if (small(name) != "authorization" && small(name) != "cookie")
      return fail(Code::kInvalidArgument, "only Authorization may be sent where redirects are followed", name);
  return {};
}

Result<void> CurlExchange::list_headers() {
  const auto add = [&](const std::string& line) {
    curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
    FOVEA_CHECK(longer != nullptr);
    (void)headers_.release();
    headers_.reset(longer);
  };
  for (const Headers* each : {&request_.headers, &request_.secrets})
    for (const auto& [name, value] : *each) {
      FOVEA_OK(check_header(name, value));
      add(value.empty() ? name + ";" : name + ": " + value);
    }
  add("Expect:");  // no waiting for 100 Continue
  return {};
}

Result<void> CurlExchange::set_up(CURL* curl, const CurlOptions& options) {
  FOVEA_TRY(uri_, parse_uri(request_.url));
  FOVEA_OK(check());
  FOVEA_OK(list_headers());
  const char* kinds = uri_.tls ? "https" : "http,https";
  curl_easy_setopt(curl, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, kinds);
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, kinds);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, request_.follow_redirects ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kRedirectsMax);
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);  // what was signed is what is sent
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "fovea");
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message_.data());
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
  set_timeouts(curl);
  if (!options.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options.ca_file.c_str());
  if (!options.certificate_file.empty()) {
    curl_easy_setopt(curl, CURLOPT_SSLCERT, options.certificate_file.c_str());
    curl_easy_setopt(curl, CURLOPT_SSLKEY, options.key_file.c_str());
  }
  if (request_.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (request_.method != "GET") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request_.body.c_str());
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }
  return {};
}

void CurlExchange::set_timeouts(CURL* curl) const {
  const auto ms = [](Nanos time) {
    return std::max<long>(1, std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
  };
  curl_easy_setopt(
      curl, CURLOPT_CONNECTTIMEOUT_MS,
      request_.timeout.count() > 0 ? std::min(ms(request_.timeout), ms(kConnectTimeout)) : ms(kConnectTimeout));
  if (request_.timeout.count() > 0) {
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, ms(request_.timeout));
  } else {
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME,
                     static_cast<long>(std::chrono::duration_cast<std::chrono::seconds>(kStallMax).count()));
  }
}

Result<HttpReply> CurlExchange::judge(CURL* curl, CURLcode code) {
  const std::string where = without_query(request_.url);
  if (refused_) return fail(Code::kCancelled, "given up", where);
  if (too_large_)
    return fail(Code::kResourceExhausted, fmt::format("the reply is larger than {} bytes", request_.reply_bytes_max),
                where);
  if (code == CURLE_OK) {
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply_.status);
    return std::move(reply_);
  }
  const std::string said = message_[0] != '\0' ? message_.data() : curl_easy_strerror(code);
  if (code == CURLE_OPERATION_TIMEDOUT) return fail(Code::kDeadlineExceeded, said, where);
  if (code == CURLE_TOO_MANY_REDIRECTS || code == CURLE_UNSUPPORTED_PROTOCOL)
    return fail(Code::kPermissionDenied, "a redirect that is not followed: " + said, where);
  if (code == CURLE_PEER_FAILED_VERIFICATION)
    return fail(Code::kUnauthenticated, "its certificate is not trusted: " + said, where);
  return fail(Code::kUnavailable, said, where);
}

}  // namespace fovea::fetch
