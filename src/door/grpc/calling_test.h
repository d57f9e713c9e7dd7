// Sends bytes to a Service over a StubInference without a socket.
#pragma once

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "door/grpc/message.h"
#include "door/grpc/service.h"
#include "door/wire/stub_inference_test.h"

namespace fovea::rpc {

// What a client would see of a call.
class Heard final : public Outlet {
 public:
  void more() override {
    const std::lock_guard lock(mutex_);
    ++wanted_;
  }
  void send(std::string message) override {
    const std::lock_guard lock(mutex_);
    if (!ending_) messages_.push_back(std::move(message));
    more_.notify_all();
  }
  void answer(std::string message) override {
    send(std::move(message));
    finish({});
  }
  void finish(Ending ending) override {
    const std::lock_guard lock(mutex_);
    if (!ending_) ending_ = std::move(ending);
    more_.notify_all();
  }

  size_t unsent() const override { return unsent_; }
  void set_unsent(size_t count) { unsent_ = count; }

  int wanted() const {
    const std::lock_guard lock(mutex_);
    return wanted_;
  }
  std::vector<std::string> messages() const {
    const std::lock_guard lock(mutex_);
    return messages_;
  }
  bool ended() const {
    const std::lock_guard lock(mutex_);
    return ending_.has_value();
  }
  Ending wait() {
    std::unique_lock lock(mutex_);
    more_.wait_for(lock, std::chrono::seconds(5), [this] { return ending_.has_value(); });
    return ending_ ? *ending_ : ending({Code::kUnknown, "it did not end", {}, {}});
  }
  bool wait_messages(size_t count) {
    std::unique_lock lock(mutex_);
    return more_.wait_for(lock, std::chrono::seconds(5), [&] { return messages_.size() >= count; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable more_;
  int wanted_ = 0;
  std::atomic<size_t> unsent_{0};
  std::vector<std::string> messages_;
  std::optional<Ending> ending_;
};

// A message of protobuf's text form.
template <typename T>
T text_message(const std::string& text) {
  T out;
  EXPECT_TRUE(::google::protobuf::TextFormat::ParseFromString(text, &out)) << text;
  return out;
}

class Calling : public ::testing::Test {
 protected:
  Service& service() {
    if (!service_) service_ = std::make_unique<Service>(stub_, clock_, *access_, options_);
    return *service_;
  }
  // A call whose client sends `messages` and nothing more.
  std::shared_ptr<Heard> call(const std::string& method, const std::vector<std::string>& messages,
                              Metadata metadata = {}, Nanos deadline = Nanos(0)) {
    auto heard = std::make_shared<Heard>();
    session_ = service().begin({method, std::move(metadata), {}, deadline}, heard);
    for (const std::string& each : messages) session_->take(each);
    session_->end();
    return heard;
  }
  // The answer of a unary call, or its refusal.
  template <typename Response>
  Result<Response> ask(const std::string& method, const ::google::protobuf::Message& request) {
    const auto heard = call(method, {request.SerializeAsString()});
    Ending ended = heard->wait();
    if (ended.error) return std::unexpected(*ended.error);
    EXPECT_EQ(heard->messages().size(), 1U);
    return read_message<Response>(heard->messages().at(0));
  }

  VirtualClock clock_{TimePoint{1'700'000'000'000'000'000}};
  wire::StubInference stub_;
  access::OpenAccess open_;
  access::Access* access_ = &open_;
  ServiceOptions options_;
  std::unique_ptr<Service> service_;
  std::shared_ptr<Session> session_;  // of the last call
};

}  // namespace fovea::rpc
