#include "door/load/http_transport.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "door/load/answer_check.h"
#include "door/load/http_line.h"
#include "door/load/limits.h"
#include "door/load/tls_trust.h"

namespace fovea::load {
namespace {

int64_t now_ns() {
  return SystemClock().steady().count();
}

// What others say with 503 and no Retry-After. Triton: its queue is full, or the request waited too long in it. Ray
// Serve: its queue is full.
bool says_full(std::string_view body) {
  return body.find("xceeds maximum queue size") != std::string_view::npos ||
         body.find("equest timeout expired") != std::string_view::npos ||
         body.find("due to backpressure") != std::string_view::npos;
}

Verdict verdict_of(const HttpAnswer& answer, Protocol protocol) {
  if (answer.status == 200 || (answer.status == 202 && protocol == Protocol::kEvents)) return Verdict::kAdmitted;
  if (answer.status == 429) return Verdict::kRefused;
  if (answer.status == 503 && (answer.retry_after || says_full(answer.body))) return Verdict::kRefused;
  return Verdict::kFailed;
}

template <typename Stream>
class HttpTransport final : public Transport, private HttpLine<Stream>::Owner {
  using Line = HttpLine<Stream>;

 public:
  HttpTransport(asio::io_context& io, const HttpLink& link, const std::vector<Payload>& payloads, Hear hear,
                std::optional<asio::ssl::context> tls)
      : io_(io),
        link_(link),
        to_(asio::ip::make_address(link.address), link.target.port),
        payloads_(payloads),
        hear_(std::move(hear)),
        tls_(std::move(tls)) {}
  ~HttpTransport() override { HttpTransport::close(); }

  void open_ahead() override {
    while (lines_.size() < static_cast<size_t>(link_.open)) open_line();
  }
  bool opens_ahead() const override { return opening_ > 0; }

  void send(const Ticket& ticket) override {
    ++pending_;
    if (!idle_.empty()) {
      Line& line = *idle_.back();
      idle_.pop_back();
      return begin(line, ticket);
    }
    waiting_.push_back(ticket);
    waited_ += lines_.size() >= static_cast<size_t>(link_.connections) && opening_ < waiting_.size();
    open_lines();
  }

  void give_up(int64_t due_before_ns) override {
    while (!waiting_.empty() && waiting_.front().due_ns < due_before_ns) {
      const Ticket ticket = waiting_.front();
      waiting_.pop_front();
      fail_ticket(ticket, 0, "gave up", "no connection was free: the server was too slow for so many requests");
    }
    std::vector<Line*> late;
    for (const auto& line : lines_) {
      if (line->ticket() && line->ticket()->due_ns < due_before_ns) late.push_back(line.get());
    }
    for (Line* line : late) {
      const Ticket ticket = *line->ticket();
      const int64_t sent_ns = line->sent_ns();
      line->close();
      drop(*line);
      fail_ticket(ticket, sent_ns, "gave up", "the server did not answer");
    }
    open_lines();
  }

  size_t pending() const override { return pending_; }
  uint64_t opened() const override { return opened_; }
  uint64_t waited() const override { return waited_; }

  void close() override {
    for (const auto& line : lines_) line->close();
    lines_.clear();
    idle_.clear();
    waiting_.clear();
    pending_ = 0;
  }

 private:
  void open_lines() {
    while (opening_ < waiting_.size() && lines_.size() < static_cast<size_t>(link_.connections)) open_line();
  }

  void open_line() {
    ++opening_;
    lines_.push_back(make_line());
    lines_.back()->open(to_, link_.target.host);
  }

  std::shared_ptr<Line> make_line() {
    typename Line::Owner& owner = *this;
    if constexpr (std::is_same_v<Stream, Secure>) {
      return std::make_shared<Line>(owner, Stream(io_, *tls_));
    } else {
      return std::make_shared<Line>(owner, Stream(io_));
    }
  }

  void begin(Line& line, const Ticket& ticket) { line.begin(ticket, payloads_[ticket.number % payloads_.size()]); }

  void take_next(Line& line) {
    if (waiting_.empty()) {
      idle_.push_back(&line);
      return;
    }
    const Ticket ticket = waiting_.front();
    waiting_.pop_front();
    begin(line, ticket);
  }

  void opened(Line& line) override {
    --opening_;
    ++opened_;
    open_.push_back(&line);
    take_next(line);
  }

  void answered(Line& line, const HttpAnswer& answer, bool again) override {
    Heard heard{.ticket = *line.ticket(),
                .sent_ns = line.sent_ns(),
                .done_ns = now_ns(),
                .verdict = verdict_of(answer, link_.protocol),
                .tokens = answer.tokens,
                .kind = {},
                .text = {}};
    std::string kind, text;
    if (heard.verdict == Verdict::kFailed) {
      kind = fmt::format("status {}", answer.status);
      text = answer.body;
    } else if (heard.verdict == Verdict::kAdmitted && (answers_ < kCheckFirst || answers_ % kCheckEvery == 0)) {
      heard.checked = true;
      const auto checked = check_answer(link_.protocol, link_.binary, answer.body, answer.json_bytes);
      if (!checked) {
        heard.verdict = Verdict::kFailed;
        kind = "wrong answer";
        text = checked.error().message;
      }
    }
    if (heard.verdict == Verdict::kAdmitted) ++answers_;
    heard.kind = kind;
    heard.text = text;
    --pending_;
    hear_(heard);
    line.rest();
    if (again) return take_next(line);
    drop(line);
    open_lines();
  }

  void lost(Line& line, const std::string& why) override {
    const std::optional<Ticket> ticket = line.ticket();
    const int64_t sent_ns = line.sent_ns();
    const bool was_open = drop(line);
    if (ticket) {
      fail_ticket(*ticket, sent_ns, "connection lost", why);
    } else if (!was_open && !waiting_.empty()) {  // a connection that could not be opened costs the request it was for
      const Ticket first = waiting_.front();
      waiting_.pop_front();
      fail_ticket(first, 0, "no connection", why);
    }
    open_lines();
  }

  // Whether it had been open.
  bool drop(Line& line) {
    std::erase(idle_, &line);
    const bool was_open = std::erase(open_, &line) > 0;
    if (!was_open) --opening_;
    std::erase_if(lines_, [&](const auto& each) { return each.get() == &line; });
    return was_open;
  }

  void fail_ticket(const Ticket& ticket, int64_t sent_ns, std::string_view kind, std::string_view text) {
    --pending_;
    hear_({.ticket = ticket, .sent_ns = sent_ns, .done_ns = now_ns(), .kind = kind, .text = text});
  }

  asio::io_context& io_;
  const HttpLink link_;
  const Tcp::endpoint to_;
  const std::vector<Payload>& payloads_;
  Hear hear_;
  std::optional<asio::ssl::context> tls_;
  std::vector<std::shared_ptr<Line>> lines_;
  std::vector<Line*> open_, idle_;
  std::deque<Ticket> waiting_;
  size_t opening_ = 0, pending_ = 0;
  uint64_t opened_ = 0, waited_ = 0, answers_ = 0;
};

}  // namespace

Result<std::string> reach(const Target& target) {
  const std::string where = fmt::format("{}:{}", target.host, target.port);
  asio::io_context io;
  boost::system::error_code error;
  Tcp::resolver resolver(io);
  const auto found = resolver.resolve(target.host, std::to_string(target.port), error);
  if (error) return fail(Code::kUnavailable, "cannot find the host: " + error.message(), where, "is the name right?");
  Tcp::socket socket(io);
  std::optional<std::string> address;
  error = asio::error::timed_out;
  asio::async_connect(socket, found, [&](boost::system::error_code outcome, const Tcp::endpoint& end) {
    error = outcome;
    if (!outcome) address = end.address().to_string();
  });
  io.run_for(kConnectWithin);
  if (!address)
    return fail(Code::kUnavailable, "cannot connect: " + error.message(), where,
                "is the server up, and listening there?");
  return *address;
}

Result<std::unique_ptr<Transport>> make_http_transport(asio::io_context& io, const HttpLink& link,
                                                       const std::vector<Payload>& payloads, Hear hear) {
  if (!link.target.tls)
    return std::make_unique<HttpTransport<Plain>>(io, link, payloads, std::move(hear), std::nullopt);
  FOVEA_TRY(asio::ssl::context tls, tls_trust(link.ca));
  return std::make_unique<HttpTransport<Secure>>(io, link, payloads, std::move(hear), std::move(tls));
}

}  // namespace fovea::load
