// A small HTTP server for tests, which does to each request what its script says: answers, after a delay or never,
// refuses, or closes the connection. One thread.
#pragma once

#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace fovea::load {

struct Scripted {
  int status = 200;
  std::string body =
      R"({"model_name":"m","outputs":[{"name":"embedding","datatype":"FP32","shape":[1,2],"data":[1,2.5]}]})";
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::chrono::milliseconds delay{0};
  bool close = false;   // before the answer
  bool silent = false;  // never answers
  bool last = false;    // says "Connection: close"
};

class ScriptedServer {
  using Tcp = boost::asio::ip::tcp;
  using Request = boost::beast::http::request<boost::beast::http::string_body>;

 public:
  // Called with the number of the request, on the server's thread.
  using Script = std::function<Scripted(size_t number, const Request& request)>;

  explicit ScriptedServer(Script script)
      : script_(std::move(script)), acceptor_(io_, {boost::asio::ip::make_address("127.0.0.1"), 0}) {
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~ScriptedServer() {
    io_.stop();
    thread_.join();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }
  size_t requests() const { return requests_; }
  size_t connections() const { return connections_; }
  std::vector<std::string> seen() const {  // head and body of the first requests
    std::lock_guard lock(mutex_);
    return seen_;
  }

 private:
  struct Session : std::enable_shared_from_this<Session> {
    Session(ScriptedServer& owner, Tcp::socket taken)
        : server(owner), socket(std::move(taken)), timer(socket.get_executor()) {}

    void read() {
      request = {};
      boost::beast::http::async_read(socket, buffer, request, [self = shared_from_this()](auto error, size_t) {
        if (!error) self->answer();
      });
    }
    void answer() {
      const Scripted does = server.script_(server.note(request), request);
      if (does.silent) return server.keep(shared_from_this());
      if (does.close) return;
      response = {};
      response.version(11);
      response.result(static_cast<unsigned>(does.status));
      for (const auto& [name, value] : does.headers) response.set(name, value);
      response.keep_alive(!does.last);
      response.body() = does.body;
      response.prepare_payload();
      if (does.delay.count() == 0) return write();
      timer.expires_after(does.delay);
      timer.async_wait([self = shared_from_this()](auto error) {
        if (!error) self->write();
      });
    }
    void write() {
      boost::beast::http::async_write(socket, response, [self = shared_from_this()](auto error, size_t) {
        if (!error && self->response.keep_alive()) self->read();
      });
    }

    ScriptedServer& server;
    Tcp::socket socket;
    boost::asio::steady_timer timer;
    boost::beast::flat_buffer buffer;
    Request request;
    boost::beast::http::response<boost::beast::http::string_body> response;
  };

  void accept() {
    acceptor_.async_accept([this](auto error, Tcp::socket socket) {
      if (error) return;
      ++connections_;
      socket.set_option(Tcp::no_delay(true));
      std::make_shared<Session>(*this, std::move(socket))->read();
      accept();
    });
  }

  size_t note(const Request& request) {
    std::lock_guard lock(mutex_);
    if (seen_.size() < 64) {
      std::string text(request.method_string());
      text += ' ' + std::string(request.target()) + '\n';
      for (const auto& field : request)
        text += std::string(field.name_string()) + ": " + std::string(field.value()) + '\n';
      seen_.push_back(text + '\n' + request.body());
    }
    return requests_++;
  }
  void keep(std::shared_ptr<Session> session) { silent_.push_back(std::move(session)); }

  Script script_;
  boost::asio::io_context io_;
  Tcp::acceptor acceptor_;
  std::vector<std::shared_ptr<Session>> silent_;
  std::atomic<size_t> requests_{0}, connections_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> seen_;
  std::thread thread_;
};

}  // namespace fovea::load
