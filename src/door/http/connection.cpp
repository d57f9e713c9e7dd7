#include "door/http/connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/ssl.hpp>
#include <boost/beast.hpp>
#include <boost/beast/ssl.hpp>

#include "door/http/alarm.h"
#include "door/http/limits.h"
#include "door/http/message_rules.h"

namespace fovea::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using Plain = beast::tcp_stream;
using Secure = beast::ssl_stream<beast::tcp_stream>;

Refusal refused(int status, std::string message, std::string hint = {}) {
  return {status, {Code::kInvalidArgument, std::move(message), {}, std::move(hint)}, Nanos(0), true, {}};
}

template <typename Stream>
class Connection final : public std::enable_shared_from_this<Connection<Stream>> {
 public:
  template <typename... Args>
  Connection(std::shared_ptr<Shared> shared, std::string address, Tls::Context tls, Args&&... args)
      : shared_(shared),
        tls_(std::move(tls)),
        stream_(std::forward<Args>(args)...),
        alarm_(stream_.get_executor()),
        peek_(stream_.get_executor()),
        options_(shared->options),
        router_(shared->router),
        buffer_(kHeaderBytesMax + kReadAtOnce) {
    client_.address = std::move(address);
  }
  ~Connection() {
    set_busy(false);
    if (auto shared = shared_.lock()) shared->leave(client_.address);
  }

  void start() {
    asio::dispatch(stream_.get_executor(), [self = this->shared_from_this()] { self->begin(); });
  }

 private:
  void begin() {
    if constexpr (std::is_same_v<Stream, Secure>) {
      allow(kHandshakeWithin);
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](beast::error_code error) {
                                if (error) return;
                                self->client_.names = names_of_client(self->stream_.native_handle());
                                self->await_request(kReadWithin);
                              });
    } else {
      await_request(kReadWithin);
    }
  }

  friend Alarm<Connection>;

  beast::tcp_stream& lowest() { return beast::get_lowest_layer(stream_); }

  void allow(std::chrono::milliseconds most) { alarm_.set(most, *this); }

  void set_busy(bool busy) {
    auto shared = busy == busy_ ? nullptr : shared_.lock();
    if (!shared) return;
    busy_ = busy;
    busy ? ++shared->busy : --shared->busy;
  }

  // A connection may be idle for long; a request that has begun may not.
  void await_request(std::chrono::seconds within) {
    if (buffer_.size() > 0) return read_header();
    allow(within);
    stream_.async_read_some(buffer_.prepare(kFirstRead),
                            [self = this->shared_from_this()](beast::error_code error, size_t bytes) {
                              if (error) return self->close();
                              self->buffer_.commit(bytes);
                              self->read_header();
                            });
  }

  void read_header() {
    set_busy(true);
    refusal_.reset();
    parser_.emplace();
    parser_->header_limit(kHeaderBytesMax);
    limit_ = options_.body_bytes_max;
    parser_->body_limit(limit_);
    allow(kReadWithin);
    if (const beast::error_code error = parse()) return refuse(error);
    if (parser_->is_header_done()) return admit();
    bhttp::async_read_header(stream_, buffer_, *parser_,
                             [self = this->shared_from_this()](beast::error_code error, size_t) {
                               if (error) return self->refuse(error);
                               self->admit();
                             });
  }

  // What has come already: it needs no turn of the loop, and that is often all. More may be to come.
  beast::error_code parse() {
    beast::error_code error;
    buffer_.consume(parser_->put(buffer_.data(), error));
    return error == bhttp::error::need_more ? beast::error_code() : error;
  }

  // Whoever may not is told so before the body is read.
  void admit() {
    const auto& message = parser_->get();
    keep_ = message.keep_alive();
    head_only_ = message.method() == bhttp::verb::head;
    headers_.clear();
    for (const auto& field : message) headers_.emplace_back(field.name_string(), field.value());
    if (const std::string why = two_ways(message); !why.empty()) {
      keep_ = false;
      return write(problem_of(refused(400, why)));
    }
    auto passage =
        router_->admit({message.method_string(), message.target(), headers_, client_, message.version() >= 11});
    if (passage) {
      passage_ = std::move(*passage);
      limit_ = std::min(options_.body_bytes_max, passage_->route->body_bytes_max);
      if (parser_->content_length().value_or(0) > limit_) return refuse(bhttp::error::body_limit);
      parser_->body_limit(limit_);  // of what comes in chunks
      return greet();
    }
    const uint64_t left = parser_->content_length_remaining().value_or(parser_->chunked() ? UINT64_MAX : 0);
    if (left > kDiscardedMax || message.count(bhttp::field::expect) > 0) {
      keep_ = keep_ && left == 0;
      return write(std::move(passage.error()));
    }
    refusal_ = std::move(passage.error());
    read_body();
  }

  // "Expect: 100-continue": the client waits for a word before it sends the body.
  void greet() {
    const auto& message = parser_->get();
    const auto expects = message.find(bhttp::field::expect);
    if (expects == message.end() || message.version() < 11) return read_body();
    if (!beast::iequals(expects->value(), "100-continue")) {
      keep_ = false;
      return write(passage_->route->refuse(refused(417, "only 100-continue may be expected")));
    }
    static constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
    allow(kWriteWithin);
    asio::async_write(stream_, asio::buffer(kGoOn.data(), kGoOn.size()),
                      [self = this->shared_from_this()](beast::error_code error, size_t) {
                        if (!error) self->read_body();
                      });
  }

  void read_body() {
    allow(time_for(kReadWithin, parser_->content_length().value_or(options_.body_bytes_max)));
    parser_->eager(true);
    if (buffer_.size() > 0 && !parser_->is_done()) {
      if (const beast::error_code error = parse()) return refuse(error);
    }
    if (parser_->is_done()) return take();
    bhttp::async_read(stream_, buffer_, *parser_, [self = this->shared_from_this()](beast::error_code error, size_t) {
      if (error) return self->refuse(error);
      self->take();
    });
  }

  void take() {
    if (refusal_) return write(std::move(*refusal_));
    handle();
  }

  void refuse(beast::error_code error) {
    const Refuse form = passage_ ? passage_->route->refuse : problem_of;
    keep_ = false;
    if (error == bhttp::error::header_limit) return write(form(refused(431, "the headers are too long")));
    if (error == bhttp::error::body_limit) {
      return write(form(refused(413, "the body is too long", "at most " + std::to_string(limit_) + " bytes")));
    }
    if (error == bhttp::error::buffer_overflow) {
      return write(form(refused(400, "a chunk's extensions or the trailer are too long")));
    }
    const bool malformed = error.category() == bhttp::make_error_code(bhttp::error::bad_method).category() &&
                           error != bhttp::error::end_of_stream && error != bhttp::error::partial_message;
    if (malformed) return write(form(refused(400, "not a request that HTTP/1.1 allows: " + error.message())));
    close();  // it went, or took too long
  }

  void handle() {
    auto& message = parser_->get();
    Request request{message.method_string(), message.target(), std::move(headers_), std::move(message.body()),
                    std::make_shared<Departure>()};
    auto shared = shared_.lock();
    if (!shared) return;
    const uint64_t serial = ++serial_;
    const auto wanted = patience(request.headers);
    allow(wanted.count() > 0 ? wanted + kPatienceGrace : std::chrono::milliseconds(options_.answer_within));
    departure_ = request.departure;
    refuse_ = passage_->route->refuse;
    // The handler may keep this past the server's end: it holds nothing alive.
    std::weak_ptr<Connection> weak = this->weak_from_this();
    std::weak_ptr<Shared> weak_shared = shared_;
    Router::Passage passage = std::move(*passage_);
    passage_.reset();
    router_->serve(std::move(passage), std::move(request), [weak, weak_shared, serial](Response response) {
      auto alive = weak_shared.lock();
      auto self = alive ? weak.lock() : nullptr;
      if (!self) return;
      // What is answered before the handler returns (a refusal) goes out ahead of whatever else waits for this thread.
      asio::dispatch(self->stream_.get_executor(), [self, serial, response = std::move(response)]() mutable {
        self->answer(serial, std::move(response));
      });
    });
    if (waits(serial)) watch_client(serial);
  }

  bool waits(uint64_t serial) const { return serial == serial_ && answered_ != serial; }

  // What was allowed is over.
  void ring() {
    if (waits(serial_)) return give_up(serial_);
    lowest().close();  // what is under way ends with that
  }

  void give_up(uint64_t serial) {
    if (!waits(serial)) return;
    if (departure_) departure_->leave();  // nobody will take what it still works on
    Refusal late{504,
                 {Code::kDeadlineExceeded, "the answer took too long", {}, "send it again, or wait for longer"},
                 Nanos(0),
                 true,
                 {}};
    answer(serial, refuse_(late));
  }

  void answer(uint64_t serial, Response response) {
    if (!waits(serial)) return;  // late, or a second time
    answered_ = serial;
    peek_.cancel();
    if (departure_) departure_->settle();
    departure_.reset();
    if (watches_) {
      beast::error_code ignored;
      lowest().socket().cancel(ignored);
      watches_ = false;
    }
    if (const auto shared = shared_.lock()) {
      auto share = shared->unsent.keep(response.body.size());
      if (!share) response = refuse_(refusal_of(std::move(share.error())));
      unsent_ = std::move(share).value_or(access::UnsentAnswers::Share());
    }
    write(std::move(response));
  }

  // Nothing is read while the handler works, but the end of the connection is noticed: at once where nothing else came,
  // else (a client that sent ahead, or TLS's own goodbye) by looking again and again.
  void watch_client(uint64_t serial) {
    watches_ = true;
    lowest().socket().async_wait(Tcp::socket::wait_read,
                                 [self = this->shared_from_this(), serial](beast::error_code error) {
                                   if (error || !self->waits(serial)) return;
                                   self->watches_ = false;
                                   self->look_at_client(serial);
                                 });
  }

  void look_at_client(uint64_t serial) {
    if (!waits(serial) || !departure_) return;
    pollfd at{lowest().socket().native_handle(), POLLRDHUP, 0};
    if (::poll(&at, 1, 0) > 0 && (at.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0) departure_->leave();
    peek_.expires_after(kPeekEvery);
    peek_.async_wait([self = this->shared_from_this(), serial](beast::error_code error) {
      if (!error) self->look_at_client(serial);
    });
  }

  void write(Response response) {
    if (const auto shared = shared_.lock(); !shared || shared->draining) keep_ = false;
    passage_.reset();
    message_ = {};
    message_.version(11);
    message_.result(static_cast<unsigned>(response.status));
    message_.set(bhttp::field::server, "fovea");
    message_.set(bhttp::field::content_type, response.content_type);
    for (const auto& [name, value] : response.headers) {
      if (fits_into_a_header(value)) message_.set(name, value);
    }
    message_.keep_alive(keep_);
    message_.body() = std::move(response.body);
    message_.prepare_payload();
    allow(time_for(kWriteWithin, message_.body().size()));
    if (head_only_) message_.body().clear();
    bhttp::async_write(stream_, message_, [self = this->shared_from_this()](beast::error_code error, size_t) {
      self->set_busy(false);
      std::string().swap(self->message_.body());  // its memory goes with its share: assigning would keep it
      self->unsent_ = {};
      if (error || !self->keep_) return self->close();
      self->await_request(kIdleWithin);
    });
  }

  // What the client still sends is read for a while: a close with bytes unread would take the answer away (RFC 9112
  // 9.6).
  void close() {
    set_busy(false);
    allow(kLingerWithin);
    if constexpr (std::is_same_v<Stream, Secure>) {
      stream_.async_shutdown([self = this->shared_from_this()](beast::error_code) { self->linger(); });
    } else {
      linger();
    }
  }

  void linger() {
    beast::error_code ignored;
    lowest().socket().shutdown(Tcp::socket::shutdown_send, ignored);
    lowest().async_read_some(asio::buffer(scrap_),
                             [self = this->shared_from_this()](beast::error_code error, size_t n) {
                               self->lingered_ += n;
                               if (!error && self->lingered_ < 2 * self->options_.body_bytes_max) self->linger();
                             });
  }

  std::weak_ptr<Shared> shared_;
  Tls::Context tls_;  // outlives the stream
  Stream stream_;
  Alarm<Connection> alarm_;
  asio::steady_timer peek_;
  const ServerOptions options_;
  const std::shared_ptr<const Router> router_;
  Client client_;
  beast::flat_buffer buffer_;
  std::optional<bhttp::request_parser<bhttp::string_body>> parser_;
  Headers headers_;                         // of the request that is read, without those of a trailer
  std::optional<Router::Passage> passage_;  // of the request that is read
  std::optional<Response> refusal_;         // of the request whose body is read to be thrown away
  std::shared_ptr<Departure> departure_;    // of the request that its handler has
  Refuse refuse_ = problem_of;              // its form
  bhttp::response<bhttp::string_body> message_;
  access::UnsentAnswers::Share unsent_;  // of the answer that is sent
  std::array<char, 4096> scrap_;
  uint64_t limit_ = 0;  // of the body that is read
  uint64_t lingered_ = 0;
  uint64_t serial_ = 0, answered_ = 0;
  bool keep_ = false;
  bool busy_ = false;
  bool head_only_ = false;
  bool watches_ = false;
};

// A client that finds no room is told so, as far as that costs nothing.
void turn_away(Tcp::socket& socket) {
  static constexpr std::string_view kFull =
      "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";
  ::send(socket.native_handle(), kFull.data(), kFull.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace

bool Shared::enter(const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (all_ >= options.connections_max) return false;
  size_t& here = connections_[address];
  if (here >= options.connections_per_address_max) return false;
  ++here, ++all_;
  return true;
}

void Shared::leave(const std::string& address) {
  const std::lock_guard lock(mutex_);
  const auto found = connections_.find(address);
  if (--found->second == 0) connections_.erase(found);
  --all_;
}

void serve_connection(std::shared_ptr<Shared> shared, Tcp::socket socket) {
  boost::system::error_code error;
  const auto peer = socket.remote_endpoint(error);
  if (error) return;  // it went already
  std::string address = peer.address().to_string();
  if (!shared->enter(address)) {
    if (!shared->tls) turn_away(socket);
    return;
  }
  if (shared->tls) {
    const Tls::Context context = shared->tls->context(SystemClock().steady());
    std::make_shared<Connection<Secure>>(shared, std::move(address), context, std::move(socket), *context)->start();
  } else {
    std::make_shared<Connection<Plain>>(shared, std::move(address), nullptr, std::move(socket))->start();
  }
}

}  // namespace fovea::http
