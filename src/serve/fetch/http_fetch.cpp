#include "serve/fetch/http_fetch.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <vector>

#include "base/check.h"
#include "serve/fetch/uri.h"

namespace fovea::fetch {
namespace {

struct CurlDeleter {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
using Curl = std::unique_ptr<CURL, CurlDeleter>;
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

std::string small(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::string without_query(std::string_view url) {
  return std::string(url.substr(0, url.find('?')));
}

// One exchange while libcurl has it.
struct Exchange {
  const HttpRequest& request;
  const TakeBody& take;
  HttpReply reply;
  size_t header_bytes = 0;
  uint64_t body_bytes = 0;
  bool refused = false, too_large = false;
};

size_t take_header(char* bytes, size_t, size_t count, void* to) {
  auto& exchange = *static_cast<Exchange*>(to);
  std::string_view line(bytes, count);
  if (line.starts_with("HTTP/")) {  // of a reply behind a redirect, too
    exchange.reply.headers.clear();
    exchange.header_bytes = 0;
    const size_t blank = line.find(' ');
    exchange.reply.status = blank == std::string_view::npos ? 0 : std::atol(line.data() + blank);
    return count;
  }
  exchange.header_bytes += count;
  if (exchange.header_bytes > kHeadersBytesMax) {
    exchange.too_large = true;
    return 0;
  }
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return count;
  std::string_view value = line.substr(colon + 1);
  while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
  exchange.reply.headers.emplace_back(small(line.substr(0, colon)), value);
  return count;
}

size_t take_body(char* bytes, size_t, size_t count, void* to) {
  auto& exchange = *static_cast<Exchange*>(to);
  exchange.body_bytes += count;
  if (exchange.body_bytes > exchange.request.reply_bytes_max) {
    exchange.too_large = true;
    return 0;
  }
  if (!exchange.take) {
    exchange.reply.body.append(bytes, count);
  } else if (!exchange.take(exchange.reply, {bytes, count})) {
    exchange.refused = true;
    return 0;
  }
  return count;
}

Result<void> check_header(const std::string& name, std::string_view value) {
  const auto bad = [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; };
  if (!name.empty() && std::ranges::none_of(name, bad) && std::ranges::none_of(value, bad) &&
      name.find_first_of(": ") == std::string::npos)
    return {};
  return fail(Code::kInvalidArgument, "a header has control characters or no name", "header " + name);
}

Result<HeaderList> header_list(const HttpRequest& request) {
  HeaderList list;
  const auto add = [&](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    FOVEA_CHECK(longer != nullptr);
    (void)list.release();
    list.reset(longer);
  };
  for (const Headers* each : {&request.headers, &request.secrets})
    for (const auto& [name, value] : *each) {
      FOVEA_OK(check_header(name, value));
      add(value.empty() ? name + ";" : name + ": " + value);
    }
  add("Expect:");  // no waiting for 100 Continue
  return list;
}

class CurlFetch final : public HttpFetch {
 public:
  explicit CurlFetch(CurlOptions options) : options_(std::move(options)) { curl_global_init(CURL_GLOBAL_DEFAULT); }

  Result<HttpReply> fetch(const HttpRequest& request, const TakeBody& take) override {
    FOVEA_TRY(Uri uri, parse_uri(request.url));
    if (!request.secrets.empty() && !uri.tls && !is_loopback(uri))
      return fail(Code::kPermissionDenied, "credentials would go over plain HTTP", without_query(request.url),
                  "use https://");
    // Where a redirect leads, libcurl leaves Authorization and Cookie behind; other names of secrets it would carry on.
    if (request.follow_redirects)
      for (const auto& [name, value] : request.secrets)
        if (small(name) != "authorization" && small(name) != "cookie")
          return fail(Code::kInvalidArgument, "only Authorization may be sent where redirects are followed", name);
    FOVEA_TRY(const HeaderList headers, header_list(request));
    Curl curl = borrow();
    Exchange exchange{request, take, {}, 0, 0, false, false};
    std::array<char, CURL_ERROR_SIZE> message{};
    set_up(curl.get(), exchange, headers.get(), uri, message.data());
    const CURLcode code = curl_easy_perform(curl.get());
    auto result = judge(code, exchange, message.data(), curl.get());
    give_back(std::move(curl));
    return result;
  }

 private:
  void set_up(CURL* curl, Exchange& exchange, curl_slist* headers, const Uri& uri, char* message) {
    const HttpRequest& request = exchange.request;
    const char* kinds = uri.tls ? "https" : "http,https";
    curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, kinds);
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, kinds);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, request.follow_redirects ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kRedirectsMax);
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);  // what was signed is what is sent
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "fovea");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
    const auto ms = [](Nanos time) {
      return std::max<long>(1, std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
    };
    curl_easy_setopt(
        curl, CURLOPT_CONNECTTIMEOUT_MS,
        request.timeout.count() > 0 ? std::min(ms(request.timeout), ms(kConnectTimeout)) : ms(kConnectTimeout));
    if (request.timeout.count() > 0) {
      curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, ms(request.timeout));
    } else {
      curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
      curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME,
                       static_cast<long>(std::chrono::duration_cast<std::chrono::seconds>(kStallMax).count()));
    }
    if (!options_.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options_.ca_file.c_str());
    if (request.method == "HEAD") {
      curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    } else if (request.method != "GET") {
      curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
      curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
  }

  static Result<HttpReply> judge(CURLcode code, Exchange& exchange, const char* message, CURL* curl) {
    const std::string where = without_query(exchange.request.url);
    if (exchange.refused) return fail(Code::kCancelled, "given up", where);
    if (exchange.too_large)
      return fail(Code::kResourceExhausted,
                  fmt::format("the reply is larger than {} bytes", exchange.request.reply_bytes_max), where);
    if (code == CURLE_OK) {
      curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &exchange.reply.status);
      return std::move(exchange.reply);
    }
    const std::string said = message[0] != '\0' ? message : curl_easy_strerror(code);
    if (code == CURLE_OPERATION_TIMEDOUT) return fail(Code::kDeadlineExceeded, said, where);
    if (code == CURLE_TOO_MANY_REDIRECTS || code == CURLE_UNSUPPORTED_PROTOCOL)
      return fail(Code::kPermissionDenied, "a redirect that is not followed: " + said, where);
    if (code == CURLE_PEER_FAILED_VERIFICATION)
      return fail(Code::kUnauthenticated, "its certificate is not trusted: " + said, where);
    return fail(Code::kUnavailable, said, where);
  }

  // Handles keep their connections open for the next exchange.
  Curl borrow() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        Curl out = std::move(idle_.back());
        idle_.pop_back();
        return out;
      }
    }
    Curl made(curl_easy_init());
    FOVEA_CHECK(made != nullptr);
    return made;
  }
  void give_back(Curl curl) {
    constexpr size_t kIdleMax = 8;
    curl_easy_reset(curl.get());
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kIdleMax) idle_.push_back(std::move(curl));
  }

  const CurlOptions options_;
  std::mutex mutex_;
  std::vector<Curl> idle_;  // guarded by mutex_
};

}  // namespace

std::string_view HttpReply::header(std::string_view name) const {
  for (const auto& [each, value] : headers)
    if (each == name) return value;
  return {};
}

std::unique_ptr<HttpFetch> make_curl_fetch(CurlOptions options) {
  return std::make_unique<CurlFetch>(std::move(options));
}

}  // namespace fovea::fetch
