// One connection: a request at a time goes out, its answer comes in. It always reads, so that the end of an unused
// connection is noticed when it comes.
// Seen by http_transport.cpp only: it holds the heavy headers (Asio, Beast).
// Ownership: shared with its own pending operations; calls `owner` from these alone, never from begin().
#pragma once

#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

#include "base/clock.h"
#include "door/load/http_answer.h"
#include "door/load/line_socket.h"
#include "door/load/payload.h"
#include "door/load/transport.h"

namespace fovea::load {

template <typename Stream>
class HttpLine final : public std::enable_shared_from_this<HttpLine<Stream>> {
 public:
  using Line = HttpLine<Stream>;
  class Owner {
   public:
    virtual void opened(Line& line) = 0;
    virtual void answered(Line& line, const HttpAnswer& answer, bool again) = 0;  // again: it takes another request
    virtual void lost(Line& line, const std::string& why) = 0;                    // closed; with or without a request
   protected:
    ~Owner() = default;
  };

  HttpLine(Owner& owner, Stream stream) : owner_(owner), socket_(std::move(stream)) {}

  void open(const Tcp::endpoint& to, const std::string& host) {
    socket_.open(to, host, {}, [self = this->shared_from_this()](const std::string& why) {
      if (!why.empty()) return self->lose(why);
      self->ready();
    });
  }

  // REQUIRES: open, no request on its way. `payload` outlives the line.
  void begin(const Ticket& ticket, const Payload& payload) {
    ticket_ = ticket;
    sent_ns_ = SystemClock().steady().count();
    unsent_[0] = asio::buffer(payload.before);
    unsent_[1] = unsent_[2] = {};
    if (!payload.after.empty()) {
      std::snprintf(digits_.data(), digits_.size(), "%0*llu", static_cast<int>(kNumberDigits),
                    static_cast<unsigned long long>(ticket.number));
      unsent_[1] = asio::buffer(digits_.data(), kNumberDigits);
      unsent_[2] = asio::buffer(payload.after);
    }
    write();
  }

  void close() { socket_.close(); }

  const std::optional<Ticket>& ticket() const { return ticket_; }
  int64_t sent_ns() const { return sent_ns_; }

 private:
  void ready() {
    read();
    owner_.opened(*this);
  }

  // What the socket takes at once needs no turn of the loop; that is nearly always all.
  void write() {
    if constexpr (std::is_same_v<Stream, Plain>) {
      boost::system::error_code error;
      size_t sent = socket_.stream().write_some(unsent_, error);
      for (asio::const_buffer& part : unsent_) {
        const size_t of_it = std::min(sent, part.size());
        part += of_it;
        sent -= of_it;
      }
      if (asio::buffer_size(unsent_) == 0) return;
    }
    writing_ = true;
    asio::async_write(socket_.stream(), unsent_,
                      [self = this->shared_from_this()](boost::system::error_code error, size_t) {
                        self->writing_ = false;
                        if (!error || self->socket_.closed()) return;
                        // An answer may have come all the same; else the reader hears that the connection has ended.
                        boost::system::error_code ignored;
                        self->socket_.next().shutdown(Tcp::socket::shutdown_send, ignored);
                      });
  }

  void read() {
    socket_.stream().async_read_some(asio::buffer(buffer_.data() + filled_, buffer_.size() - filled_),
                                     [self = this->shared_from_this()](boost::system::error_code error, size_t bytes) {
                                       if (self->socket_.closed()) return;
                                       if (error) return self->ended(error);
                                       self->filled_ += bytes;
                                       self->parse();
                                     });
  }

  void parse() {
    if (!ticket_) return lose("the server spoke without being asked");
    if (!parser_) parser_.emplace(answer_);
    size_t at = 0;
    boost::system::error_code error;
    while (at < filled_ && !parser_->is_done() && !error) at += put(at, error);
    std::copy(buffer_.begin() + static_cast<ptrdiff_t>(at), buffer_.begin() + static_cast<ptrdiff_t>(filled_),
              buffer_.begin());
    filled_ -= at;
    if (error && error != boost::beast::http::error::need_more)
      return lose("not an answer that HTTP/1.1 allows: " + error.message());
    if (parser_->is_done()) return done();
    if (filled_ == buffer_.size()) return lose("the headers of the answer are too long");
    read();
  }

  size_t put(size_t at, boost::system::error_code& error) {
    const size_t taken = parser_->put(asio::const_buffer(buffer_.data() + at, filled_ - at), error);
    if (taken == 0 && !error && !parser_->is_done()) error = boost::beast::http::error::need_more;
    return taken;
  }

  void ended(boost::system::error_code error) {
    if (error != asio::error::eof) return lose("the connection broke: " + error.message());
    if (ticket_ && parser_ && parser_->got_some()) {  // a body without a length ends with the connection
      parser_->put_eof(error);
      if (!error && parser_->is_done()) return done();
    }
    lose("the server closed the connection before it answered");
  }

  void done() {
    const bool again = parser_->keep_alive() && !writing_ && filled_ == 0;
    auto self = this->shared_from_this();
    const HttpAnswer& answer = answer_;
    if (again) {
      read();
    } else {
      close();
    }
    owner_.answered(*this, answer, again);
  }

  void lose(const std::string& why) {
    auto self = this->shared_from_this();
    close();
    owner_.lost(*this, why);
  }

 public:
  // Forgets the request that was answered.
  void rest() {
    ticket_.reset();
    parser_.reset();
    answer_.clear();
  }

 private:
  Owner& owner_;
  LineSocket<Stream> socket_;
  std::optional<Ticket> ticket_;
  int64_t sent_ns_ = 0;
  std::array<asio::const_buffer, 3> unsent_;
  std::array<char, kNumberDigits + 12> digits_{};
  std::array<char, kHeaderBytesMax> buffer_;
  size_t filled_ = 0;
  HttpAnswer answer_;
  std::optional<HttpAnswerParser> parser_;
  bool writing_ = false;
};

}  // namespace fovea::load
