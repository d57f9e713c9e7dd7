#include "act/http_call.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "act/arguments.h"
#include "act/limits.h"
#include "base/check.h"
#include "base/utf8.h"

namespace fovea::act {
namespace {

constexpr std::array<std::string_view, 5> kMethods = {"GET", "POST", "PUT", "PATCH", "DELETE"};

struct CurlDeleter {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

struct Call {
  std::string method, url, body;
  std::vector<std::pair<std::string, std::string>> headers;
  Nanos timeout{0};
  bool again_is_safe = false;  // a second call does no harm: GET, or the flow says `idempotent`
  std::string probe;           // url of `reconcile`
};

struct Answer {
  long status = 0;  // 0: none came
  std::string body;
  bool whole = true;
  bool sent = false;  // the request may have reached the other side
  std::string error;
  Nanos retry_after{0};
};

bool is_token(std::string_view name) {  // RFC 9110 5.6.2
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

Result<void> read_headers(const Json& arguments, Call& call) {
  const Json& headers = member(arguments, "headers");
  if (headers.is_null()) return {};
  if (!headers.is_object()) return fail(Code::kInvalidArgument, "'headers' is not an object", "http");
  if (headers.get_object().size() > kHeadersMax) {
    return fail(Code::kResourceExhausted, fmt::format("more than {} headers", kHeadersMax), "http");
  }
  for (const auto& each : headers.get_object()) {
    std::string name(each.key());
    if (!is_token(name)) return fail(Code::kInvalidArgument, "'" + name + "' is not the name of a header", "http");
    FOVEA_TRY(std::string value, line_of(headers, name));
    call.headers.emplace_back(std::move(name), std::move(value));
  }
  return {};
}

Result<Call> call_of(const Json& arguments) {
  FOVEA_OK(
      check_members(arguments, "http", {"method", "url", "headers", "body", "timeout", "idempotent", "reconcile"}));
  Call call;
  FOVEA_TRY(call.method, line_of(arguments, "method"));
  std::ranges::transform(call.method, call.method.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  if (std::ranges::find(kMethods, call.method) == kMethods.end()) {
    return fail(Code::kInvalidArgument, "'" + call.method + "' is not a method", "http",
                "one of: GET, POST, PUT, PATCH, DELETE");
  }
  FOVEA_TRY(call.url, line_of(arguments, "url"));
  FOVEA_OK(read_headers(arguments, call));
  if (const Json* body = arguments.as_object().if_contains("body")) {
    if (!body->is_null()) call.body = to_text(*body);
  }
  if (call.body.size() > kRequestBytesMax) {
    return fail(Code::kResourceExhausted,
                fmt::format("a body of {} bytes; at most {} are sent", call.body.size(), kRequestBytesMax), "http");
  }
  FOVEA_TRY(call.timeout, timeout_of(arguments));
  FOVEA_TRY(bool idempotent, truth_of(arguments, "idempotent"));
  call.again_is_safe = idempotent || call.method == "GET";
  if (const Json& probe = member(arguments, "reconcile"); !probe.is_null()) {
    FOVEA_OK(check_members(probe, "http.reconcile", {"get"}));
    FOVEA_TRY(call.probe, line_of(probe, "get"));
  }
  return call;
}

size_t take_body(char* bytes, size_t, size_t count, void* to) {
  auto& answer = *static_cast<Answer*>(to);
  if (answer.body.size() + count > kResponseBytesMax) {
    answer.whole = false;
    return 0;  // ends the transfer
  }
  answer.body.append(bytes, count);
  return count;
}

class HttpCall final : public Effector {
 public:
  HttpCall(const Secrets& secrets, HttpOptions options)
      : secrets_(secrets), options_(std::move(options)), curl_(curl_easy_init()) {
    FOVEA_CHECK(curl_ != nullptr);
  }
  std::string_view kind() const override { return "http"; }

  Result<void> check(const Json& arguments) const override {
    FOVEA_OK(call_of(arguments));
    return {};
  }

  Result<std::vector<Json>> prepare(std::span<const record::Effect> effects) override {
    return std::vector<Json>(effects.size());
  }

  std::vector<record::Outcome> perform(std::span<const record::Effect> effects) override {
    std::vector<record::Outcome> out;
    for (const record::Effect& effect : effects) out.push_back(perform_one(effect));
    return out;
  }

  std::vector<record::Outcome> reconcile(std::span<const record::Effect> effects) override {
    std::vector<record::Outcome> out;
    for (const record::Effect& effect : effects) out.push_back(reconcile_one(effect));
    return out;
  }

  record::Outcome undo(const record::Effect&) override {
    return failed("a call cannot be taken back by itself; the flow declares no undo for it");
  }

 private:
  record::Outcome perform_one(const record::Effect& effect) {
    auto call = call_of(effect.arguments);
    if (!call) return failed(call.error().text());
    auto answer = exchange(*call, foreign_key(effect));
    if (!answer) return failed(answer.error().text());
    if (answer->status != 0) return judge(*answer);
    if (!answer->sent || call->again_is_safe) return again(answer->error);
    return unknown(answer->error);
  }

  record::Outcome reconcile_one(const record::Effect& effect) {
    auto call = call_of(effect.arguments);
    if (!call) return failed(call.error().text());
    if (call->probe.empty()) {
      if (call->again_is_safe) return again("no answer; it is called again under the same key");
      return unknown("no answer came, and the flow says neither `idempotent: true` nor how to `reconcile`");
    }
    Call probe{.method = "GET",
               .url = call->probe,
               .body = {},
               .headers = call->headers,
               .timeout = call->timeout,
               .again_is_safe = true,
               .probe = {}};
    auto answer = exchange(probe, {});
    if (!answer) return failed(answer.error().text());
    if (answer->status >= 200 && answer->status < 300) return judge(*answer);
    if (answer->status == 404 || answer->status == 410) return again("the other side does not know of it");
    std::string error = answer->status != 0 ? fmt::format("asking what became of it: status {}", answer->status)
                                            : "asking what became of it: " + answer->error;
    return unknown(std::move(error), std::max<Nanos>(answer->retry_after, std::chrono::seconds(1)));
  }

  record::Outcome judge(const Answer& answer) const {
    long status = answer.status;
    if (status >= 200 && status < 300) {
      JsonObject detail{{"status", status}};
      if (!answer.whole) detail["truncated"] = true;
      if (answer.whole && answer.body.size() <= kOutcomeBodyBytesMax) {
        if (auto body = parse_json(secrets_.hide(answer.body))) {
          if (const Json& id = member(*body, "id"); id.is_string() || id.is_number()) detail["id"] = id;
          detail["body"] = std::move(*body);
        }
      }
      return done(std::move(detail));
    }
    std::string error = fmt::format("status {}", status);
    if (!answer.body.empty()) {
      error += ": " + secrets_.hide(repair_utf8(answer.body)).substr(0, kErrorBytesMax / 2);
      std::ranges::replace_if(error, [](char c) { return static_cast<uint8_t>(c) < 0x20; }, ' ');
    }
    if (status == 408 || status == 425 || status == 429 || status >= 500) {
      return again(std::move(error), answer.retry_after);
    }
    if (status >= 300 && status < 400) return failed(error + " (redirects are not followed)");
    return failed(std::move(error));
  }

  // Errors: a reference that cannot be resolved, a url that is none.
  Result<Answer> exchange(const Call& call, const std::string& key) {
    FOVEA_TRY(std::string url, secrets_.resolve(call.url));
    if (!url.starts_with("http://") && !url.starts_with("https://")) {
      return fail(Code::kInvalidArgument, "the url begins neither with http:// nor with https://", call.url);
    }
    HeaderList headers;
    auto add = [&](const std::string& line) {
      curl_slist* longer = curl_slist_append(headers.get(), line.c_str());
      FOVEA_CHECK(longer != nullptr);
      (void)headers.release();
      headers.reset(longer);
    };
    for (const auto& [name, value] : call.headers) {
      FOVEA_TRY(std::string resolved, secrets_.resolve(value));
      add(name + ": " + resolved);
    }
    if (!key.empty()) add("Idempotency-Key: " + key);
    if (!call.body.empty()) add("Content-Type: application/json");
    add("Expect:");  // no waiting for 100 Continue
    add("User-Agent: fovea");
    return transfer(call, url, headers.get());
  }

  Answer transfer(const Call& call, const std::string& url, curl_slist* headers) {
    CURL* curl = curl_.get();
    curl_easy_reset(curl);  // keeps connections
    Answer answer;
    std::array<char, CURL_ERROR_SIZE> message{};
    long timeout_ms = std::max<long>(1, std::chrono::duration_cast<std::chrono::milliseconds>(call.timeout).count());
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message.data());
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     std::min<long>(timeout_ms, std::chrono::milliseconds(kConnectTimeout).count()));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    // On a kept connection that the other side drops, libcurl would send the request a second time by itself.
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, call.again_is_safe ? 0L : 1L);
    if (!options_.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options_.ca_file.c_str());
    if (call.method != "GET") {
      curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
      curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call.body.c_str());
      curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call.method.c_str());
    }
    CURLcode code = curl_easy_perform(curl);
    finish(code, message.data(), answer);
    return answer;
  }

  void finish(CURLcode code, const char* message, Answer& answer) {
    CURL* curl = curl_.get();
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
    if (answer.status < 200) answer.status = 0;
    curl_off_t wait = 0;
    curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &wait);
    answer.retry_after = std::chrono::seconds(
        std::min<int64_t>(std::max<int64_t>(wait, 0), std::chrono::seconds(kRetryAfterMax).count()));
    long request_bytes = 0;
    curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &request_bytes);
    answer.sent = request_bytes > 0;
    if (code == CURLE_OK) return;
    answer.whole = false;
    answer.error = secrets_.hide(message[0] != '\0' ? message : curl_easy_strerror(code));
  }

  const Secrets& secrets_;
  HttpOptions options_;
  std::unique_ptr<CURL, CurlDeleter> curl_;
};

}  // namespace

std::unique_ptr<Effector> make_http_call(const Secrets& secrets, HttpOptions options) {
  return std::make_unique<HttpCall>(secrets, std::move(options));
}

}  // namespace fovea::act
