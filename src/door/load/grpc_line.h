// One HTTP/2 connection that carries gRPC calls. What falls due in one turn of the loop goes out in one write.
// Calls may be begun before it is open: they wait in it.
// Seen by grpc_transport.cpp only: it holds the heavy headers (Asio, nghttp2).
// Ownership: shared with its own pending operations; calls `owner` from these alone, never from begin() or give_up().
#pragma once

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "door/load/grpc_flight.h"
#include "door/load/limits.h"
#include "door/load/line_socket.h"

namespace fovea::load {

// What every call's headers are.
struct GrpcHeads {
  std::string scheme, authority, path, timeout, authorization;  // the last two: empty, none
};

template <typename Stream>
class GrpcLine final : public std::enable_shared_from_this<GrpcLine<Stream>> {
 public:
  class Owner {
   public:
    virtual void opened() = 0;
    virtual void ended(GrpcFlight& flight, const std::string& why) = 0;  // why: the call broke; empty: it was answered
    virtual void lost(GrpcLine& line, const std::string& why) = 0;       // closed, with all that is under way in it
   protected:
    ~Owner() = default;
  };

  GrpcLine(Owner& owner, Stream stream, const GrpcHeads& heads)
      : owner_(owner), socket_(std::move(stream)), heads_(heads) {
    nghttp2_session_callbacks* calls = nullptr;
    nghttp2_session_callbacks_new(&calls);
    nghttp2_session_callbacks_set_on_header_callback(calls, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(calls, on_close);
    nghttp2_session* session = nullptr;
    nghttp2_session_client_new(&session, calls, this);
    nghttp2_session_callbacks_del(calls);
    session_.reset(session);
    const std::array<nghttp2_settings_entry, 2> settings = {
        {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0}, {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kGrpcWindowBytes}}};
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
    nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, kGrpcWindowBytes);
  }

  void open(const Tcp::endpoint& to, const std::string& host) {
    socket_.open(to, host, "\2h2", [self = this->shared_from_this()](const std::string& why) {
      if (!why.empty()) return self->lose(why);
      self->ready();
    });
  }

  // Whether it takes another call.
  bool takes() const { return !socket_.closed() && nghttp2_session_check_request_allowed(session_.get()) != 0; }

  // REQUIRES: takes(). `flight` stays until ended() or lost(), its payload as long as the line.
  void begin(GrpcFlight& flight) {
    std::array<nghttp2_nv, 8> headers;
    size_t count = 0;
    const auto add = [&](std::string_view name, std::string_view value) {
      headers[count++] = {reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
                          reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
                          NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
    };
    add(":method", "POST");
    add(":scheme", heads_.scheme);
    add(":path", heads_.path);
    add(":authority", heads_.authority);
    add("te", "trailers");
    add("content-type", "application/grpc");
    if (!heads_.timeout.empty()) add("grpc-timeout", heads_.timeout);
    if (!heads_.authorization.empty()) add("authorization", heads_.authorization);
    nghttp2_data_provider body{{.ptr = &flight}, read_message};
    flight.line = this;
    flight.stream = nghttp2_submit_request(session_.get(), nullptr, headers.data(), count, &body, &flight);
    write_soon();
  }

  // Ends the call; nothing is heard of it any more.
  void give_up(std::unique_ptr<GrpcFlight> flight) {
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, flight->stream, NGHTTP2_CANCEL);
    flight->given_up = true;
    given_up_.push_back(std::move(flight));  // its stream may still ask for it
    write_soon();
  }

  void close() { socket_.close(); }

 private:
  using Session = std::unique_ptr<nghttp2_session, decltype(&nghttp2_session_del)>;

  void ready() {
    open_ = true;
    owner_.opened();
    read();
    write();
  }

  // Behind all that is due in this turn.
  void write_soon() {
    if (soon_ || !open_) return;
    soon_ = true;
    asio::post(socket_.stream().get_executor(), [self = this->shared_from_this()] {
      self->soon_ = false;
      self->write();
    });
  }

  void write() {
    if (socket_.closed() || writing_ || !open_) return;
    unsent_.clear();
    while (unsent_.size() < kGrpcWriteBytes) {
      const uint8_t* bytes = nullptr;
      const ssize_t count = nghttp2_session_mem_send(session_.get(), &bytes);
      if (count < 0) return lose("HTTP/2: " + std::string(nghttp2_strerror(static_cast<int>(count))));
      if (count == 0) break;
      unsent_.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(count));
    }
    if (unsent_.empty()) return;
    size_t sent = 0;
    if constexpr (std::is_same_v<Stream, Plain>) {  // what the socket takes at once needs no turn of the loop
      boost::system::error_code ignored;
      sent = socket_.stream().write_some(asio::buffer(unsent_), ignored);
      if (sent == unsent_.size()) return sent < kGrpcWriteBytes ? void() : write_soon();  // there may be more
    }
    writing_ = true;
    asio::async_write(socket_.stream(), asio::buffer(unsent_.data() + sent, unsent_.size() - sent),
                      [self = this->shared_from_this()](boost::system::error_code error, size_t) {
                        self->writing_ = false;
                        if (!error) self->write();  // else the reader hears that the connection has ended
                      });
  }

  void read() {
    socket_.stream().async_read_some(asio::buffer(buffer_),
                                     [self = this->shared_from_this()](boost::system::error_code error, size_t bytes) {
                                       if (self->socket_.closed()) return;
                                       if (error) return self->lose("the connection broke: " + error.message());
                                       self->take(bytes);
                                     });
  }

  void take(size_t bytes) {
    const ssize_t taken = nghttp2_session_mem_recv(session_.get(), buffer_.data(), bytes);
    if (socket_.closed()) return;
    if (taken < 0) return lose("not HTTP/2: " + std::string(nghttp2_strerror(static_cast<int>(taken))));
    if (nghttp2_session_want_read(session_.get()) == 0) return lose("the server ended the connection");
    if (nghttp2_session_want_write(session_.get()) != 0) write_soon();
    read();
  }

  void lose(const std::string& why) {
    const auto self = this->shared_from_this();
    close();
    owner_.lost(*this, why);
  }

  static GrpcFlight* flight_of(nghttp2_session* session, int32_t stream) {
    return static_cast<GrpcFlight*>(nghttp2_session_get_stream_user_data(session, stream));
  }

  static ssize_t read_message(nghttp2_session*, int32_t, uint8_t* to, size_t room, uint32_t* flags,
                              nghttp2_data_source* source, void*) {
    auto& flight = *static_cast<GrpcFlight*>(source->ptr);
    const std::string& message = flight.payload->before;
    size_t count = 0;
    for (; flight.sent < kGrpcPrefixBytes && count < room; ++flight.sent, ++count) {
      to[count] = flight.sent == 0 ? 0 : static_cast<uint8_t>(message.size() >> (8 * (4 - flight.sent)));
    }
    if (flight.sent >= kGrpcPrefixBytes) {
      const size_t part = std::min(room - count, message.size() - (flight.sent - kGrpcPrefixBytes));
      std::memcpy(to + count, message.data() + (flight.sent - kGrpcPrefixBytes), part);
      flight.sent += part;
      count += part;
    }
    if (flight.sent == kGrpcPrefixBytes + message.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(count);
  }

  static int on_header(nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
                       const uint8_t* value, size_t value_size, uint8_t, void*) {
    GrpcFlight* flight = flight_of(session, frame->hd.stream_id);
    if (!flight) return 0;
    const std::string_view key(reinterpret_cast<const char*>(name), name_size);
    const std::string_view text(reinterpret_cast<const char*>(value), value_size);
    const auto number = [&] {
      int out = -1;
      std::from_chars(text.data(), text.data() + text.size(), out);
      return out;
    };
    if (key == ":status") flight->http_status = number();
    if (key == "grpc-status") flight->status = number();
    if (key == "grpc-message") flight->text = unescaped(text);
    if (key == "grpc-retry-pushback-ms") flight->pushback = true;
    return 0;
  }

  static int on_data(nghttp2_session* session, uint8_t, int32_t stream, const uint8_t* bytes, size_t count, void*) {
    GrpcFlight* flight = flight_of(session, stream);
    if (flight && flight->body.size() + count <= kAnswerBytesMax) {
      flight->body.append(reinterpret_cast<const char*>(bytes), count);
    } else if (flight) {
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream, NGHTTP2_CANCEL);
    }
    return 0;
  }

  static int on_close(nghttp2_session* session, int32_t stream, uint32_t error, void* line) {
    GrpcFlight* flight = flight_of(session, stream);
    if (!flight) return 0;
    auto& self = *static_cast<GrpcLine*>(line);
    if (flight->given_up) {
      std::erase_if(self.given_up_, [&](const auto& each) { return each.get() == flight; });
      return 0;
    }
    std::string why;
    if (!flight->status) {
      why = error == NGHTTP2_NO_ERROR ? "the answer has no grpc-status"
                                      : "the stream was ended: " + std::string(nghttp2_http2_strerror(error));
    }
    self.owner_.ended(*flight, why);
    return 0;
  }

  Owner& owner_;
  LineSocket<Stream> socket_;
  const GrpcHeads& heads_;
  Session session_{nullptr, &nghttp2_session_del};
  std::array<uint8_t, kGrpcReadBytes> buffer_{};
  std::string unsent_;
  std::vector<std::unique_ptr<GrpcFlight>> given_up_;
  bool open_ = false, soon_ = false, writing_ = false;
};

}  // namespace fovea::load
