#include "door/load/grpc_transport.h"

#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <list>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "base/files.h"
#include "door/load/answer_check.h"
#include "door/load/limits.h"

namespace fovea::load {
namespace {

namespace asio = boost::asio;

constexpr const char* kMethod = "/inference.GRPCInferenceService/ModelInfer";

int64_t now_ns() {
  return SystemClock().steady().count();
}

std::string bytes_of(const ::grpc::ByteBuffer& buffer) {
  std::vector<::grpc::Slice> slices;
  std::string out;
  if (!buffer.Dump(&slices).ok()) return out;
  out.reserve(buffer.Length());
  for (const ::grpc::Slice& each : slices) out.append(reinterpret_cast<const char*>(each.begin()), each.size());
  return out;
}

// One request under way.
struct Flight {
  Ticket ticket;
  int64_t sent_ns = 0, done_ns = 0;
  bool given_up = false;
  ::grpc::ClientContext context;
  ::grpc::ByteBuffer response;
  ::grpc::Status status;
  std::unique_ptr<::grpc::GenericClientAsyncResponseReader> reader;
  std::list<std::unique_ptr<Flight>>::iterator at;
};

std::string kind_of(const ::grpc::Status& status) {
  return "status " + std::string(code_name(static_cast<Code>(status.error_code())));
}

// RESOURCE_EXHAUSTED; UNAVAILABLE that says when to come again, or Triton's words for a full queue.
bool is_refusal(const Flight& flight) {
  if (flight.status.error_code() == ::grpc::StatusCode::RESOURCE_EXHAUSTED) return true;
  if (flight.status.error_code() != ::grpc::StatusCode::UNAVAILABLE) return false;
  return flight.context.GetServerTrailingMetadata().contains("grpc-retry-pushback-ms") ||
         flight.status.error_message().find("xceeds maximum queue size") != std::string::npos ||
         flight.status.error_message().find("equest timeout expired") != std::string::npos;
}

class GrpcTransport final : public Transport {
 public:
  GrpcTransport(asio::io_context& io, const HttpLink& link, const std::vector<Payload>& payloads, Hear hear,
                const std::shared_ptr<::grpc::ChannelCredentials>& credentials)
      : io_(io), link_(link), payloads_(payloads), hear_(std::move(hear)) {
    ::grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // else all channels share one connection
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);             // a request counts once
    arguments.SetMaxReceiveMessageSize(static_cast<int>(kAnswerBytesMax));
    if (link.target.tls) arguments.SetSslTargetNameOverride(link.target.host);
    const bool is_v6 = link.address.find(':') != std::string::npos;
    const std::string host = is_v6 ? "[" + link.address + "]" : link.address;
    const std::string to = fmt::format("{}:{}", host, link.target.port);
    for (int i = 0; i < std::min(link.connections, kGrpcConnectionsMax); ++i) {
      stubs_.push_back(std::make_unique<::grpc::GenericStub>(::grpc::CreateCustomChannel(to, credentials, arguments)));
    }
    for (const Payload& each : payloads) {
      const ::grpc::Slice slice(each.before.data(), each.before.size(), ::grpc::Slice::STATIC_SLICE);
      requests_.emplace_back(&slice, 1);
    }
    thread_ = std::thread([this] { take_ended(); });
  }
  ~GrpcTransport() override { GrpcTransport::close(); }

  void send(const Ticket& ticket) override {
    flights_.push_back(std::make_unique<Flight>());
    Flight& flight = *flights_.back();
    flight.at = std::prev(flights_.end());
    flight.ticket = ticket;
    flight.sent_ns = now_ns();
    if (link_.timeout.count() > 0) flight.context.set_deadline(std::chrono::system_clock::now() + link_.timeout);
    if (!link_.token.empty()) flight.context.AddMetadata("authorization", "Bearer " + link_.token);
    const ::grpc::ByteBuffer& request = requests_[ticket.number % requests_.size()];
    flight.reader = stubs_[next_++ % stubs_.size()]->PrepareUnaryCall(&flight.context, kMethod, request, &ends_);
    flight.reader->StartCall();
    flight.reader->Finish(&flight.response, &flight.status, &flight);
  }

  void give_up(int64_t due_before_ns) override {
    for (const auto& each : flights_) {  // in the order in which they fell due
      if (each->ticket.due_ns >= due_before_ns) return;
      if (each->given_up) continue;
      each->given_up = true;
      each->context.TryCancel();  // it is heard of when gRPC has let go of it
    }
  }

  size_t pending() const override { return flights_.size(); }
  uint64_t opened() const override { return stubs_.size(); }
  uint64_t waited() const override { return 0; }

  void close() override {
    if (!thread_.joinable()) return;
    closed_ = true;
    for (const auto& each : flights_) each->context.TryCancel();
    ends_.Shutdown();
    thread_.join();
    flights_.clear();
  }

 private:
  void take_ended() {
    void* tag = nullptr;
    for (bool ok = false; ends_.Next(&tag, &ok);) {
      auto* flight = static_cast<Flight*>(tag);
      flight->done_ns = now_ns();
      bool first = false;
      {
        const std::lock_guard lock(mutex_);
        first = ended_.empty();
        ended_.push_back(flight);
      }
      if (first) asio::post(io_, [this] { hear_ended(); });
    }
  }

  void hear_ended() {
    std::vector<Flight*> ended;
    {
      const std::lock_guard lock(mutex_);
      ended.swap(ended_);
    }
    for (Flight* flight : ended) {
      if (closed_) return;
      const auto held = std::move(*flight->at);
      flights_.erase(flight->at);
      hear(*held);
    }
  }

  void hear(const Flight& flight) {
    Heard heard{.ticket = flight.ticket, .sent_ns = flight.sent_ns, .done_ns = flight.done_ns, .kind = {}, .text = {}};
    std::string kind, text = flight.status.error_message();
    if (flight.given_up) {
      kind = "gave up";
      text = "the server did not answer";
    } else if (flight.status.ok()) {
      heard.verdict = Verdict::kAdmitted;
      if (answers_ < kCheckFirst || answers_ % kCheckEvery == 0) {
        heard.checked = true;
        const auto checked = check_answer(link_.protocol, link_.binary, bytes_of(flight.response), 0);
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
      kind = kind_of(flight.status);
    }
    heard.kind = kind;
    heard.text = text;
    hear_(heard);
  }

  asio::io_context& io_;
  const HttpLink link_;
  const std::vector<Payload>& payloads_;
  Hear hear_;
  std::vector<std::unique_ptr<::grpc::GenericStub>> stubs_;
  std::vector<::grpc::ByteBuffer> requests_;  // of the payloads, whose bytes they borrow
  ::grpc::CompletionQueue ends_;
  std::list<std::unique_ptr<Flight>> flights_;
  uint64_t next_ = 0, answers_ = 0;
  bool closed_ = false;
  std::mutex mutex_;
  std::vector<Flight*> ended_;  // that the thread has taken
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Transport>> make_grpc_transport(asio::io_context& io, const HttpLink& link,
                                                       const std::vector<Payload>& payloads, Hear hear) {
  auto credentials = ::grpc::InsecureChannelCredentials();
  if (link.target.tls) {
    ::grpc::SslCredentialsOptions trust;
    if (!link.ca.empty()) {
      auto read = read_file(link.ca, kAuthoritiesBytesMax);
      if (!read) return fail(Code::kInvalidArgument, "cannot read the authorities", link.ca, "a PEM file");
      trust.pem_root_certs = std::move(*read);
    }
    credentials = ::grpc::SslCredentials(trust);
  }
  return std::make_unique<GrpcTransport>(io, link, payloads, std::move(hear), credentials);
}

}  // namespace fovea::load
