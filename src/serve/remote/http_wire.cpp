#include "serve/remote/http_wire.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <mutex>

#include "base/utf8.h"
#include "serve/fetch/uri.h"
#include "serve/remote/credentials.h"
#include "serve/remote/event_stream.h"
#include "serve/remote/limits.h"

namespace fovea::remote {
namespace {

// One exchange, which may be cancelled before it has a number.
class Sent final : public inference::Ticket {
 public:
  explicit Sent(std::shared_ptr<fetch::MultiFetch> fetch) : fetch_(std::move(fetch)) {}
  void cancel() override {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    if (number_ != 0) fetch_->cancel(number_);
  }
  void begun(uint64_t number) {
    const std::lock_guard lock(mutex_);
    number_ = number;
    if (cancelled_) fetch_->cancel(number_);
  }
  bool cancelled() {
    const std::lock_guard lock(mutex_);
    return cancelled_;
  }

 private:
  const std::shared_ptr<fetch::MultiFetch> fetch_;
  std::mutex mutex_;
  uint64_t number_ = 0;
  bool cancelled_ = false;
};

class SharedTicket final : public inference::Ticket {
 public:
  explicit SharedTicket(std::shared_ptr<Sent> sent) : sent_(std::move(sent)) {}
  void cancel() override { sent_->cancel(); }

 private:
  std::shared_ptr<Sent> sent_;
};

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  if (from.size() < 4) return text;  // too short to be told from other words
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

// The service's own words, without what lets us in.
std::string said(const fetch::HttpReply& reply, const fetch::Headers& secrets) {
  std::string text;
  if (const auto json = parse_json(reply.body)) {
    for (std::string_view name : {"error", "message", "Message", "detail", "error_msg"}) {
      const Json& found = member(*json, name);
      text = text_or(found, text_or(member(found, "message"), ""));
      if (!text.empty()) break;
    }
  }
  if (text.empty()) text = reply.body.substr(0, 4 * kSaidBytesMax);
  for (const auto& [name, value] : secrets) {
    text = replaced(std::move(text), value, "[secret]");
    const size_t blank = value.find(' ');
    if (blank != std::string::npos)
      text = replaced(std::move(text), std::string_view(value).substr(blank + 1), "[secret]");
  }
  text = repair_utf8(std::string_view(text).substr(0, kSaidBytesMax));
  std::ranges::replace_if(text, [](char c) { return static_cast<uint8_t>(c) < 0x20; }, ' ');
  return text;
}

Code code_of(long status) {
  switch (status) {
    case 400:
    case 422:
      return Code::kInvalidArgument;
    case 413:
      return Code::kOutOfRange;
    case 408:
    case 504:
      return Code::kDeadlineExceeded;
    case 429:
    case 502:
    case 503:
    case 529:
      return Code::kUnavailable;
    default:
      return Code::kInternal;
  }
}

std::string_view hint_of(long status) {
  if (status == 401 || status == 403) return "the service refuses our credentials: look at `auth` of the model's file";
  if (status == 404) return "look at `url` and `model` of the model's file";
  if (status >= 300 && status < 400) return "redirects are not followed: write the URL that it leads to";
  return "";
}

// retry-after-ms, else Retry-After in seconds; a date is passed over.
Nanos retry_after_of(const fetch::HttpReply& reply) {
  const auto number = [](std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && value >= 0 ? value : -1;
  };
  double ms = number(reply.header("retry-after-ms"));
  if (ms < 0) ms = number(reply.header("retry-after")) * 1000;
  if (ms < 0) return Nanos(0);
  const double most = static_cast<double>(std::chrono::milliseconds(kRetryAfterMax).count());
  return Nanos(static_cast<int64_t>(std::min(ms, most) * 1e6));
}

class HttpWire final : public Wire {
 public:
  HttpWire(const RemoteOptions& options, std::shared_ptr<fetch::MultiFetch> fetch, const Clock& clock)
      : options_(options),
        clock_(clock),
        fetch_(std::move(fetch)),
        dialect_(make_dialect(options)),
        credentials_(options, fetch_, clock),
        tls_{options.tls.ca_file, options.tls.certificate_file, options.tls.key_file} {}

  Result<void> check() const {
    FOVEA_TRY(const fetch::Uri uri, fetch::parse_uri(options_.url));
    FOVEA_OK(credentials_.check());
    const Auth& auth = options_.auth;
    const bool secrets =
        !auth.bearer.empty() || !auth.header.empty() || !auth.aws_access_key.empty() || !auth.google_key.empty();
    if (secrets && !uri.tls && !fetch::is_loopback(uri))
      return fail(Code::kPermissionDenied, "credentials would go over plain HTTP", options_.file, "use https://");
    return {};
  }

  size_t fits(std::span<const inference::Item> items) const override { return dialect_->fits(items, options_.batch); }
  void after(Nanos delay, std::function<void()> what) const override { fetch_->after(delay, std::move(what)); }

  std::unique_ptr<inference::Ticket> send(Items items, Nanos left, std::function<void(Attempt)> ended) const override {
    auto sent = std::make_shared<Sent>(fetch_);
    auto request = request_of(items, left);
    if (!request) {
      ended({std::unexpected(std::move(request.error())), false});
      return std::make_unique<SharedTicket>(std::move(sent));
    }
    credentials_.add(std::move(*request), [this, sent, ended = std::move(ended), items,
                                           until = clock_.steady() + left](Result<fetch::HttpRequest> ready) {
      if (!ready) return ended({std::unexpected(as_ours(std::move(ready.error()))), false});
      if (sent->cancelled()) return ended({fail(Code::kCancelled, "cancelled"), false});
      ready->timeout = until - clock_.steady();  // a token may have taken some of it
      if (ready->timeout.count() <= 0)
        return ended({fail(Code::kDeadlineExceeded, "a token took too long", where()), false, false, true});
      exchange(std::move(*ready), sent, items, ended);
    });
    return std::make_unique<SharedTicket>(std::move(sent));
  }

 private:
  std::string url_of(const std::string& asked_path) const {
    std::string path = asked_path;
    if (options_.kind == Kind::kSageMaker)
      path = "/endpoints/" + fetch::percent_encoded(options_.endpoint) +
             (options_.stream ? "/invocations-response-stream" : "/invocations");
    if (options_.kind == Kind::kVertex) path = options_.raw ? ":rawPredict" : ":predict";
    const size_t query = options_.url.find('?');
    if (query == std::string::npos) return options_.url + path;
    return options_.url.substr(0, query) + path + options_.url.substr(query);
  }

  Result<fetch::HttpRequest> request_of(Items items, Nanos left) const {
    FOVEA_TRY(Asked asked, dialect_->ask(items, left));
    fetch::HttpRequest request;
    request.method = "POST";
    request.url = url_of(asked.path);
    request.headers = std::move(asked.headers);
    request.body = std::move(asked.body);
    request.timeout = left;
    request.reply_bytes_max = kReplyBytesMax;
    request.headers.emplace_back("x-request-timeout-ms",
                                 std::to_string(std::max<int64_t>(1, left.count() / 1'000'000)));
    if (options_.kind == Kind::kSageMaker) {
      for (const auto& [name, value] : {std::pair{"X-Amzn-SageMaker-Target-Model", &options_.target_model},
                                        std::pair{"X-Amzn-SageMaker-Target-Variant", &options_.target_variant},
                                        std::pair{"X-Amzn-SageMaker-Inference-Component", &options_.component}})
        if (!value->empty()) request.headers.emplace_back(name, *value);
      if (options_.stream) request.headers.emplace_back("X-Amzn-SageMaker-Accept", "application/json");
    }
    return request;
  }

  void exchange(fetch::HttpRequest request, const std::shared_ptr<Sent>& sent, Items items,
                const std::function<void(Attempt)>& ended) const {
    struct Streamed {
      fetch::HttpReply reply;
      bool whole = false;
    };
    auto streamed = options_.chat.stream ? std::make_shared<Streamed>() : nullptr;
    fetch::TakeBody take;
    if (streamed)
      take = [this, streamed](const fetch::HttpReply& head, std::string_view bytes) {
        if (streamed->reply.headers.empty())
          streamed->reply.headers = head.headers, streamed->reply.status = head.status;
        streamed->reply.body += bytes;
        streamed->whole = dialect_->ends(streamed->reply.body);
        return !streamed->whole;
      };
    fetch::Headers secrets = request.secrets;
    sent->begun(fetch_->start(
        std::move(request),
        [this, items, ended, streamed, secrets = std::move(secrets)](fetch::MultiFetch::End end) {
          if (streamed && (streamed->whole || end.reply)) {
            if (end.reply) streamed->reply.status = end.reply->status, streamed->reply.headers = end.reply->headers;
            end.reply = std::move(streamed->reply);
          }
          ended(judge(std::move(end), items, secrets));
        },
        std::move(take), tls_));
  }

  Attempt judge(fetch::MultiFetch::End end, Items items, const fetch::Headers& secrets) const {
    if (!end.reply) {
      const Code code = end.reply.error().code;
      const bool ill = code == Code::kUnavailable || code == Code::kDeadlineExceeded;
      return {std::unexpected(as_ours(std::move(end.reply.error()))), end.sent, false, ill};
    }
    const fetch::HttpReply& reply = *end.reply;
    if (reply.status >= 200 && reply.status < 300) return {read(*end.reply, items)};
    if (reply.status == 401 || reply.status == 403) credentials_.refused();
    std::string message = fmt::format("the service says {}", reply.status);
    if (const std::string words = said(reply, secrets); !words.empty()) message += ": " + words;
    Attempt attempt{fail(code_of(reply.status), std::move(message), where(), std::string(hint_of(reply.status)))};
    attempt.sheds = reply.status == 429 || reply.status == 503 || reply.status == 529;
    attempt.ill = reply.status >= 500 || reply.status == 408;
    attempt.delivered = !attempt.sheds && attempt.ill;  // what was refused is not charged
    attempt.retry_after = retry_after_of(reply);
    return attempt;
  }

  Result<Told> read(fetch::HttpReply& reply, Items items) const {
    if (options_.kind == Kind::kSageMaker && options_.stream) {
      FOVEA_TRY(reply.body, payload_of_stream(reply.body));
    }
    auto told = dialect_->read(reply, items);
    if (!told && told.error().where.empty()) told.error().where = where();
    return told;
  }

  std::string where() const { return options_.url.substr(0, options_.url.find('?')); }

  // What lets us in, or a certificate, is no fault of who asked us.
  Error as_ours(Error error) const {
    if (error.code == Code::kUnauthenticated || error.code == Code::kPermissionDenied || error.code == Code::kNotFound)
      error.code = Code::kInternal;
    if (error.code == Code::kResourceExhausted) error.code = Code::kDataLoss;  // a reply over its limit
    return error;
  }

  const RemoteOptions& options_;
  const Clock& clock_;
  const std::shared_ptr<fetch::MultiFetch> fetch_;
  const std::unique_ptr<Dialect> dialect_;
  const Credentials credentials_;
  const fetch::CurlOptions tls_;
};

}  // namespace

Result<std::unique_ptr<Wire>> make_http_wire(const RemoteOptions& options, std::shared_ptr<fetch::MultiFetch> fetch,
                                             const Clock& clock) {
  auto made = std::make_unique<HttpWire>(options, std::move(fetch), clock);
  FOVEA_OK(made->check());
  return made;
}

}  // namespace fovea::remote
