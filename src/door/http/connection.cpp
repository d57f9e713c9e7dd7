#include "door/http/connection.h"

#include <openssl/crypto.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "door/http/limits.h"
#include "stream/connectors/problem.h"

namespace fovea::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using connectors::problem;
using Plain = beast::tcp_stream;
using Secure = beast::ssl_stream<beast::tcp_stream>;

Response problem_response(int status, std::string detail, std::string hint = {}) {
  return {status,
          std::string(connectors::kProblemType),
          connectors::to_text(problem(status, std::move(detail), std::move(hint))),
          {}};
}

template <typename Stream>
class Connection final : public std::enable_shared_from_this<Connection<Stream>> {
 public:
  template <typename... Args>
  explicit Connection(std::shared_ptr<Shared> shared, Args&&... args)
      : shared_(shared),
        stream_(std::forward<Args>(args)...),
        deadline_(stream_.get_executor()),
        options_(shared->options) {
    ++shared->connections;
  }
  ~Connection() {
    set_busy(false);
    if (auto shared = shared_.lock()) --shared->connections;
  }

  void start() {
    auto self = this->shared_from_this();
    if constexpr (std::is_same_v<Stream, Secure>) {
      beast::get_lowest_layer(stream_).expires_after(kHandshakeWithin);
      stream_.async_handshake(asio::ssl::stream_base::server, [self](beast::error_code error) {
        if (!error) self->read_header(kReadWithin);
      });
    } else {
      asio::dispatch(stream_.get_executor(), [self] { self->read_header(kReadWithin); });
    }
  }

 private:
  void set_busy(bool busy) {
    auto shared = busy == busy_ ? nullptr : shared_.lock();
    if (!shared) return;
    busy_ = busy;
    busy ? ++shared->busy : --shared->busy;
  }

  void read_header(std::chrono::seconds within) {
    parser_.emplace();
    parser_->header_limit(kHeaderBytesMax);
    parser_->body_limit(options_.body_bytes_max);
    beast::get_lowest_layer(stream_).expires_after(within);
    bhttp::async_read_header(stream_, buffer_, *parser_,
                             [self = this->shared_from_this()](beast::error_code error, size_t) {
                               if (error) return self->refuse(error);
                               self->greet();
                             });
  }

  // "Expect: 100-continue": the client waits for a word before it sends the body.
  void greet() {
    beast::get_lowest_layer(stream_).expires_after(kReadWithin);
    auto expects = parser_->get().find(bhttp::field::expect);
    if (expects == parser_->get().end() || !beast::iequals(expects->value(), "100-continue")) return read_body();
    static constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(kGoOn.data(), kGoOn.size()),
                      [self = this->shared_from_this()](beast::error_code error, size_t) {
                        if (!error) self->read_body();
                      });
  }

  void read_body() {
    bhttp::async_read(stream_, buffer_, *parser_, [self = this->shared_from_this()](beast::error_code error, size_t) {
      if (error) return self->refuse(error);
      self->handle();
    });
  }

  void refuse(beast::error_code error) {
    keep_ = false;
    if (error == bhttp::error::header_limit) return write(problem_response(431, "the headers are too long"));
    if (error == bhttp::error::body_limit) {
      return write(problem_response(413, "the body is too long",
                                    "at most " + std::to_string(options_.body_bytes_max) + " bytes"));
    }
    if (error == beast::error::timeout && parser_->is_header_done()) return;  // the socket is closed by then
    if (error.category() == bhttp::make_error_code(bhttp::error::bad_method).category() &&
        error != bhttp::error::end_of_stream && error != bhttp::error::partial_message) {
      return write(problem_response(400, "not a request that HTTP/1.1 allows: " + error.message()));
    }
    close();
  }

  void handle() {
    auto& message = parser_->get();
    keep_ = message.keep_alive();
    set_busy(true);
    Request request{std::string(message.method_string()),
                    std::string(message.target()),
                    {},
                    std::move(message.body()),
                    std::make_shared<Departure>()};
    for (const auto& field : message) request.headers.emplace_back(field.name_string(), field.value());
    head_only_ = message.method() == bhttp::verb::head;
    if (auto refused = refusal(options_, request)) return write(std::move(*refused));
    auto shared = shared_.lock();
    if (!shared) return;
    uint64_t serial = ++serial_;
    beast::get_lowest_layer(stream_).expires_never();
    deadline_.expires_after(options_.answer_within);
    deadline_.async_wait([self = this->shared_from_this(), serial](beast::error_code error) {
      if (!error)
        self->answer(serial,
                     problem_response(504, "the answer took too long", "send it again: its id tells duplicates"));
    });
    departure_ = request.departure;
    watch_client(serial);
    // The handler may keep this past the server's end: it holds nothing alive.
    std::weak_ptr<Connection> weak = this->weak_from_this();
    std::weak_ptr<Shared> weak_shared = shared_;
    shared->handler(std::move(request), [weak, weak_shared, serial](Response response) {
      auto alive = weak_shared.lock();
      auto self = alive ? weak.lock() : nullptr;
      if (!self) return;
      asio::post(self->stream_.get_executor(), [self, serial, response = std::move(response)]() mutable {
        self->answer(serial, std::move(response));
      });
    });
  }

  void answer(uint64_t serial, Response response) {
    if (serial != serial_ || answered_ == serial) return;  // late, or a second time
    answered_ = serial;
    deadline_.cancel();
    if (departure_) departure_->settle();
    departure_.reset();
    beast::error_code ignored;
    beast::get_lowest_layer(stream_).socket().cancel(ignored);  // the watch
    write(std::move(response));
  }

  // Nothing is read while the handler works, but the end of the connection is noticed. What a client sends ahead ends
  // the watch: it is still there.
  void watch_client(uint64_t serial) {
    beast::get_lowest_layer(stream_).socket().async_wait(
        Tcp::socket::wait_read, [self = this->shared_from_this(), serial](beast::error_code error) {
          if (error || serial != self->serial_ || self->answered_ == serial || !self->departure_) return;
          char byte = 0;
          const ssize_t got = ::recv(beast::get_lowest_layer(self->stream_).socket().native_handle(), &byte, 1,
                                     MSG_PEEK | MSG_DONTWAIT);
          const bool gone = got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
          if (gone) self->departure_->leave();
        });
  }

  void write(Response response) {
    if (const auto shared = shared_.lock(); !shared || shared->draining) keep_ = false;
    message_ = {};
    message_.version(11);
    message_.result(static_cast<unsigned>(response.status));
    message_.set(bhttp::field::server, "fovea");
    message_.set(bhttp::field::content_type, response.content_type);
    for (const auto& [name, value] : response.headers) message_.set(name, value);
    message_.keep_alive(keep_);
    message_.body() = std::move(response.body);
    message_.prepare_payload();
    if (head_only_) message_.body().clear();
    beast::get_lowest_layer(stream_).expires_after(kWriteWithin);
    bhttp::async_write(stream_, message_, [self = this->shared_from_this()](beast::error_code error, size_t) {
      self->set_busy(false);
      if (error || !self->keep_) return self->close();
      self->read_header(kIdleWithin);
    });
  }

  void close() {
    beast::error_code ignored;
    auto& socket = beast::get_lowest_layer(stream_).socket();
    socket.shutdown(Tcp::socket::shutdown_send, ignored);
    if (parser_ && !parser_->is_done()) drain();  // a close with bytes unread would take the answer away (RFC 9112 9.6)
  }

  void drain() {
    beast::get_lowest_layer(stream_).expires_after(std::chrono::seconds(2));
    beast::get_lowest_layer(stream_).async_read_some(
        asio::buffer(scrap_), [self = this->shared_from_this()](beast::error_code error, size_t bytes) {
          self->drained_ += bytes;
          if (!error && self->drained_ < 2 * self->options_.body_bytes_max) self->drain();
        });
  }

  std::weak_ptr<Shared> shared_;
  Stream stream_;
  asio::steady_timer deadline_;
  std::shared_ptr<Departure> departure_;  // of the request that its handler has
  const ServerOptions options_;
  beast::flat_buffer buffer_;
  std::optional<bhttp::request_parser<bhttp::string_body>> parser_;
  bhttp::response<bhttp::string_body> message_;
  std::array<char, 4096> scrap_;
  size_t drained_ = 0;
  uint64_t serial_ = 0, answered_ = 0;
  bool keep_ = false;
  bool busy_ = false;
  bool head_only_ = false;
};

std::string_view value_of(const Request& request, std::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (beast::iequals(key, name)) return value;
  }
  return {};
}

// "localhost:8080", "127.0.0.1", "[::1]:80".
bool names_this_machine(std::string_view host) {
  if (host.starts_with("[::1]")) return true;
  std::string_view name = host.substr(0, host.find(':'));
  if (beast::iequals(name, "localhost")) return true;
  beast::error_code error;
  auto address = asio::ip::make_address_v4(std::string(name), error);
  return !error && address.is_loopback();
}

}  // namespace

std::optional<Response> refusal(const ServerOptions& options, const Request& request) {
  if (!options.token.empty()) {
    if (request.target == "/v1/health") return std::nullopt;
    std::string_view given = value_of(request, "authorization");
    std::string want = "Bearer " + options.token;
    if (given.size() == want.size() && CRYPTO_memcmp(given.data(), want.data(), want.size()) == 0) return std::nullopt;
    Response refused = problem_response(401, "a token is needed", "send 'Authorization: Bearer TOKEN'");
    refused.headers.emplace_back("WWW-Authenticate", "Bearer");
    return refused;
  }
  if (!names_this_machine(value_of(request, "host"))) {
    return problem_response(403, "the Host is not this machine",
                            "give the server a token to be reached by another name");
  }
  std::string_view origin = value_of(request, "origin");
  size_t scheme = origin.find("://");
  if (!origin.empty() && (scheme == std::string_view::npos || !names_this_machine(origin.substr(scheme + 3)))) {
    return problem_response(403, "requests from a page elsewhere are refused", "give the server a token");
  }
  return std::nullopt;
}

void serve_connection(std::shared_ptr<Shared> shared, Tcp::socket socket) {
  if (shared->connections >= shared->options.connections_max) return;  // closes it
  if (shared->tls) {
    std::make_shared<Connection<Secure>>(shared, std::move(socket), *shared->tls)->start();
  } else {
    std::make_shared<Connection<Plain>>(shared, std::move(socket))->start();
  }
}

}  // namespace fovea::http
