#include "door/load/grpc_transport.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/clock.h"
#include "base/error.h"
#include "door/load/answer_check.h"
#include "door/load/grpc_line.h"
#include "door/load/limits.h"
#include "door/load/tls_trust.h"

namespace fovea::load {
namespace {

int64_t now_ns() {
  return SystemClock().steady().count();
}

// RESOURCE_EXHAUSTED; UNAVAILABLE that says when to come again, or Triton's words for a full queue.
bool is_refusal(const GrpcFlight& flight) {
  if (flight.status == static_cast<int>(Code::kResourceExhausted)) return true;
  if (flight.status != static_cast<int>(Code::kUnavailable)) return false;
  return flight.pushback || flight.text.find("xceeds maximum queue size") != std::string::npos ||
         flight.text.find("equest timeout expired") != std::string::npos;
}

GrpcHeads heads_of(const HttpLink& link) {
  GrpcHeads out;
  out.scheme = link.target.tls ? "https" : "http";
  out.authority = link.target.authority();
  out.path = "/inference.GRPCInferenceService/ModelInfer";
  if (link.timeout.count() > 0) {  // at most 8 digits (gRPC's PROTOCOL-HTTP2)
    const auto ms = link.timeout.count();
    out.timeout = ms < 100'000'000 ? fmt::format("{}m", ms) : fmt::format("{}S", std::min(ms / 1000, 99'999'999L));
  }
  if (!link.token.empty()) out.authorization = "Bearer " + link.token;
  return out;
}

template <typename Stream>
class GrpcTransport final : public Transport, private GrpcLine<Stream>::Owner {
  using Line = GrpcLine<Stream>;

 public:
  GrpcTransport(asio::io_context& io, const HttpLink& link, const std::vector<Payload>& payloads, Hear hear,
                std::optional<asio::ssl::context> tls)
      : io_(io),
        link_(link),
        to_(asio::ip::make_address(link.address), link.target.port),
        heads_(heads_of(link)),
        payloads_(payloads),
        hear_(std::move(hear)),
        tls_(std::move(tls)),
        lines_(static_cast<size_t>(std::min(link.connections, kGrpcConnectionsMax))) {}
  ~GrpcTransport() override { GrpcTransport::close(); }

  void send(const Ticket& ticket) override {
    auto& line = lines_[next_++ % lines_.size()];
    if (!line || !line->takes()) line = open_line(std::move(line));
    flights_.push_back(std::make_unique<GrpcFlight>());
    GrpcFlight& flight = *flights_.back();
    flight.at = std::prev(flights_.end());
    flight.ticket = ticket;
    flight.sent_ns = now_ns();
    flight.payload = &payloads_[ticket.number % payloads_.size()];
    line->begin(flight);
  }

  void give_up(int64_t due_before_ns) override {
    while (!flights_.empty() && flights_.front()->ticket.due_ns < due_before_ns) {  // as they fell due
      auto flight = std::move(flights_.front());
      flights_.pop_front();
      fail(*flight, "gave up", "the server did not answer");
      auto* line = static_cast<Line*>(const_cast<void*>(flight->line));
      line->give_up(std::move(flight));
    }
  }

  size_t pending() const override { return flights_.size(); }
  uint64_t opened() const override { return opened_; }
  uint64_t waited() const override { return 0; }

  void close() override {
    for (const auto& each : lines_) {
      if (each) each->close();
    }
    for (const auto& each : leaving_) each->close();
    lines_.assign(lines_.size(), nullptr);
    leaving_.clear();
    flights_.clear();
  }

 private:
  // `before`: the one in whose place it comes; it takes no more calls, and ends behind those that it has.
  std::shared_ptr<Line> open_line(std::shared_ptr<Line> before) {
    if (before) leaving_.push_back(std::move(before));
    typename Line::Owner& owner = *this;
    std::shared_ptr<Line> line;
    if constexpr (std::is_same_v<Stream, Secure>) {
      line = std::make_shared<Line>(owner, Stream(io_, *tls_), heads_);
    } else {
      line = std::make_shared<Line>(owner, Stream(io_), heads_);
    }
    line->open(to_, link_.target.host);
    return line;
  }

  void opened() override { ++opened_; }

  void ended(GrpcFlight& flight, const std::string& why) override {
    const auto held = std::move(*flight.at);
    flights_.erase(flight.at);
    if (!why.empty()) return fail(flight, "connection lost", why);
    hear(flight);
  }

  void lost(Line& line, const std::string& why) override {
    std::vector<GrpcFlight*> with_it;
    for (const auto& each : flights_) {
      if (each->line == &line) with_it.push_back(each.get());
    }
    for (GrpcFlight* each : with_it) ended(*each, why);
    std::erase_if(leaving_, [&](const auto& each) { return each.get() == &line; });
    for (auto& each : lines_) {
      if (each.get() == &line) each = nullptr;
    }
  }

  void hear(const GrpcFlight& flight) {
    Heard heard{.ticket = flight.ticket, .sent_ns = flight.sent_ns, .done_ns = now_ns(), .kind = {}, .text = {}};
    std::string kind, text = flight.text;
    if (flight.status == 0) {
      heard.verdict = Verdict::kAdmitted;
      if (answers_ < kCheckFirst || answers_ % kCheckEvery == 0) {
        heard.checked = true;
        const auto checked = check_answer(link_.protocol, link_.binary, message_in(flight.body).value_or(""), 0);
        if (!checked) {
          heard.verdict = Verdict::kFailed;
          kind = "wrong answer";
          text = checked.error().message;
        }
      }
      if (heard.verdict == Verdict::kAdmitted) ++answers_;
    } else if (is_refusal(flight)) {
      heard.verdict = Verdict::kRefused;
    } else {
      const int status = flight.status.value_or(-1);
      kind = status >= 0 && status <= 16 ? "status " + std::string(code_name(static_cast<Code>(status)))
                                         : fmt::format("status {}", status);
    }
    heard.kind = kind;
    heard.text = text;
    hear_(heard);
  }

  void fail(const GrpcFlight& flight, std::string_view kind, std::string_view text) {
    hear_({.ticket = flight.ticket, .sent_ns = flight.sent_ns, .done_ns = now_ns(), .kind = kind, .text = text});
  }

  asio::io_context& io_;
  const HttpLink link_;
  const Tcp::endpoint to_;
  const GrpcHeads heads_;
  const std::vector<Payload>& payloads_;
  Hear hear_;
  std::optional<asio::ssl::context> tls_;
  std::vector<std::shared_ptr<Line>> lines_, leaving_;
  std::list<std::unique_ptr<GrpcFlight>> flights_;  // in the order in which they fell due
  uint64_t next_ = 0, opened_ = 0, answers_ = 0;
};

}  // namespace

Result<std::unique_ptr<Transport>> make_grpc_transport(asio::io_context& io, const HttpLink& link,
                                                       const std::vector<Payload>& payloads, Hear hear) {
  if (!link.target.tls)
    return std::make_unique<GrpcTransport<Plain>>(io, link, payloads, std::move(hear), std::nullopt);
  FOVEA_TRY(asio::ssl::context tls, tls_trust(link.ca));
  return std::make_unique<GrpcTransport<Secure>>(io, link, payloads, std::move(hear), std::move(tls));
}

}  // namespace fovea::load
