// The socket of one connection, plain or with TLS, from connecting to closing: what the lines of all protocols share.
// Seen by http_line.h and grpc_line.h only: it holds the heavy headers (Asio).
// Ownership: lives in a line that its own pending operations keep alive, by what `then` holds.
#pragma once

#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace fovea::load {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Plain = Tcp::socket;
using Secure = asio::ssl::stream<Tcp::socket>;

template <typename Stream>
class LineSocket {
 public:
  explicit LineSocket(Stream stream) : stream_(std::move(stream)) {}

  // Calls `then(why)`, why empty: it is open; unless it was closed meanwhile. `host`: that a certificate must name.
  // `protocols`: offered with TLS, as ALPN writes them; empty: none.
  template <typename Then>
  void open(const Tcp::endpoint& to, const std::string& host, std::string_view protocols, Then then) {
    next().async_connect(to, [this, host, protocols, then = std::move(then)](boost::system::error_code error) {
      if (closed_) return;
      if (error) return then("cannot connect: " + error.message());
      next().set_option(Tcp::no_delay(true), error);
      next().non_blocking(true, error);
      if constexpr (std::is_same_v<Stream, Secure>) {
        shake_hands(host, protocols, then);
      } else {
        then(std::string());
      }
    });
  }

  void close() {
    closed_ = true;
    boost::system::error_code ignored;
    next().close(ignored);
  }

  bool closed() const { return closed_; }
  Stream& stream() { return stream_; }
  // The socket itself, below TLS.
  Tcp::socket& next() {
    if constexpr (std::is_same_v<Stream, Secure>) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }

 private:
  template <typename Then>
  void shake_hands(const std::string& host, std::string_view protocols, const Then& then) {
    if (!protocols.empty()) {
      SSL_set_alpn_protos(stream_.native_handle(), reinterpret_cast<const unsigned char*>(protocols.data()),
                          static_cast<unsigned>(protocols.size()));
    }
    SSL_set_tlsext_host_name(stream_.native_handle(), host.c_str());
    stream_.set_verify_callback(asio::ssl::host_name_verification(host));
    stream_.async_handshake(asio::ssl::stream_base::client, [this, then](boost::system::error_code error) {
      if (closed_) return;
      then(error ? "no TLS: " + error.message() : std::string());
    });
  }

  Stream stream_;
  bool closed_ = false;
};

}  // namespace fovea::load
