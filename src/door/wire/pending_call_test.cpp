#include "door/wire/pending_call.h"

#include <gtest/gtest.h>

#include <deque>
#include <future>
#include <thread>

#include "door/wire/limits.h"
#include "door/wire/stub_inference_test.h"

namespace fovea::wire {
namespace {

class Asked final : public PendingCall {
 public:
  Asked(inference::Inference& inference, const Clock& clock, std::weak_ptr<SideThreads> side, access::Caller caller)
      : PendingCall(inference, clock, std::move(side), std::move(caller)) {}
  void submit(std::string model = "embed") {
    inference::Call call;
    call.model = std::move(model);
    call.inputs = std::vector<inference::Text>{{"a", {}, false}};
    submit_work(std::move(call), [this](const inference::Reply& reply) -> Result<void> {
      if (unfit) return fail(Code::kInternal, "it does not fit");
      wrote = std::this_thread::get_id();
      answered = reply.answers.size();
      return {};
    });
  }
  void refuse_failed(inference::Failure failure) override { refused.push_back(std::move(failure)); }

  bool unfit = false;
  std::atomic<size_t> answered{0};
  std::thread::id wrote;
  std::vector<inference::Failure> refused;
};

class PendingCallTest : public ::testing::Test {
 protected:
  std::shared_ptr<Asked> make(access::Caller caller = {}) {
    return std::make_shared<Asked>(stub_, clock_, side_, std::move(caller));
  }
  inference::Reply reply(size_t numbers = 4) {
    return {*stub_.model("embed", ""), {{std::vector<float>(numbers), 3, {}, false}}, Nanos(0), Nanos(0), Nanos(0)};
  }
  // A call that is answered with as many numbers.
  std::shared_ptr<Asked> answered_with(size_t numbers) {
    stub_.hold = true;
    const auto call = make();
    call->submit();
    stub_.take_held().at(0)(reply(numbers));
    return call;
  }

  VirtualClock clock_{TimePoint{1'700'000'000'000'000'000}};
  StubInference stub_;
  std::shared_ptr<SideThreads> side_ = std::make_shared<SideThreads>();
};

TEST_F(PendingCallTest, SaysOfItsWorkWhatItsClientSaid) {
  access::Caller caller;
  caller.tenant = "acme";
  const auto call = make(caller);
  call->key = "u7";
  call->region = "eu";
  call->finish_within(std::chrono::hours(2));
  EXPECT_EQ(call->deadline, call->began + Nanos(kTimeoutMax));
  call->finish_within(std::chrono::seconds(3));
  call->finish_within(std::chrono::seconds(5));  // the sooner one stands
  call->finish_within(Nanos(0));
  call->submit();
  EXPECT_EQ(call->answered, 1U);
  EXPECT_EQ(stub_.last.key, "u7");
  EXPECT_EQ(stub_.last.region, "eu");
  EXPECT_EQ(stub_.last.tenant, "acme");
  EXPECT_EQ(stub_.last.deadline, call->began + std::chrono::seconds(3));
}

TEST_F(PendingCallTest, WhatFailsIsRefusedOnce) {
  auto call = make();
  call->submit("nobody");
  ASSERT_EQ(call->refused.size(), 1U);
  EXPECT_EQ(call->refused[0].error.code, Code::kNotFound);
  call = make();
  call->unfit = true;
  call->submit();
  ASSERT_EQ(call->refused.size(), 1U);
  EXPECT_EQ(call->refused[0].error.code, Code::kInternal);
  call = make();
  stub_.failure = inference::Failure{{Code::kResourceExhausted, "full", {}, {}}, Nanos(5), true};
  call->submit();
  ASSERT_EQ(call->refused.size(), 1U);
  EXPECT_EQ(call->refused[0].retry_after, Nanos(5));
}

TEST_F(PendingCallTest, ClientsThatGo) {
  stub_.hold = true;
  auto call = make();
  call->submit();
  call->cancel();
  call->cancel();
  EXPECT_EQ(*stub_.cancelled, 1);
  call = make();  // gone before its work begins
  call->cancel();
  call->submit();
  EXPECT_EQ(*stub_.cancelled, 2);
  stub_.take_held();
  call = make();  // answered: there is nothing to cancel
  call->submit();
  stub_.take_held().at(0)(reply());
  EXPECT_EQ(call->answered, 1U);
  stub_.hold = false;
  call = make();  // answered before submit() returns
  call->submit();
  call->cancel();
  EXPECT_EQ(*stub_.cancelled, 2);
}

TEST_F(PendingCallTest, WorkKeepsItsCall) {
  stub_.hold = true;
  std::weak_ptr<Asked> seen;
  {
    const auto call = make();
    seen = call;
    call->submit();
  }
  ASSERT_FALSE(seen.expired());
  stub_.take_held().at(0)(reply());
  EXPECT_TRUE(seen.expired());
}

TEST_F(PendingCallTest, LargeAnswersAreWrittenInAThreadOfTheirOwn) {
  EXPECT_EQ(answered_with(kLargeAnswer - 1)->wrote, std::this_thread::get_id());
  std::promise<void> begun, go;
  ASSERT_TRUE(side_->answers.add([&] {
    begun.set_value();
    go.get_future().wait();
  }));
  begun.get_future().wait();
  const auto first = answered_with(kLargeAnswer), left = answered_with(kLargeAnswer),
             unfit = answered_with(kLargeAnswer);
  unfit->unfit = true;
  left->cancel();
  for (size_t i = 3; i < kLargeAnswersMax; ++i) EXPECT_EQ(answered_with(kLargeAnswer)->answered, 0U);
  // No thread waits and nothing is lost: what finds no place is written where it is.
  EXPECT_EQ(answered_with(kLargeAnswer)->wrote, std::this_thread::get_id());
  EXPECT_EQ(first->answered, 0U);
  go.set_value();
  std::promise<void> through;
  while (!side_->answers.add([&] { through.set_value(); })) std::this_thread::yield();
  through.get_future().wait();
  EXPECT_EQ(first->answered, 1U);
  EXPECT_NE(first->wrote, std::this_thread::get_id());
  EXPECT_EQ(left->answered, 0U);
  ASSERT_EQ(left->refused.size(), 1U) << "its door hears of the end";
  EXPECT_EQ(left->refused[0].error.code, Code::kCancelled);
  ASSERT_EQ(unfit->refused.size(), 1U);
}

TEST_F(PendingCallTest, LargeRequestsAreReadInAThreadOfTheirOwn) {
  std::promise<void> begun, go;
  ASSERT_TRUE(side_->requests.add([&] {
    begun.set_value();
    go.get_future().wait();
  }));
  begun.get_future().wait();
  struct Read {
    std::shared_ptr<Asked> call;
    std::thread::id by;
  };
  std::deque<Read> reads;
  const auto read = [&](size_t bytes) -> Read& {
    Read& made = reads.emplace_back(Read{make(), {}});
    made.call->read(bytes, [&made] { made.by = std::this_thread::get_id(); });
    return made;
  };
  const auto here = std::this_thread::get_id(), nobody = std::thread::id();
  EXPECT_EQ(read(kLargeRequest - 1).by, here);
  const Read &first = read(kLargeRequest), &left = read(kLargeRequest);
  left.call->cancel();
  for (size_t i = 2; i < kLargeRequestsMax; ++i) EXPECT_EQ(read(kLargeRequest).by, nobody);
  EXPECT_EQ(read(kLargeRequest).by, here) << "what finds no place is read where it is";
  EXPECT_EQ(first.by, nobody);
  go.set_value();
  std::promise<void> through;
  while (!side_->requests.add([&] { through.set_value(); })) std::this_thread::yield();
  through.get_future().wait();
  EXPECT_NE(first.by, here);
  EXPECT_NE(first.by, nobody);
  EXPECT_EQ(left.by, nobody);
  ASSERT_EQ(left.call->refused.size(), 1U) << "its door hears of the end";
  side_.reset();
  EXPECT_EQ(read(kLargeRequest).by, here);
}

TEST_F(PendingCallTest, LoadsAtTheLimitAndOnePastItAndWhenItStops) {
  std::promise<void> begun, go;
  const auto first = make();
  first->order([&] {
    begun.set_value();
    go.get_future().wait();
  });
  begun.get_future().wait();
  const auto call = make();
  std::atomic<size_t> done{0};
  for (size_t i = 0; i < kLoadsMax; ++i) call->order([&] { ++done; });
  EXPECT_TRUE(call->refused.empty());
  call->order([&] { ++done; });
  ASSERT_EQ(call->refused.size(), 1U);
  EXPECT_EQ(call->refused[0].error.code, Code::kResourceExhausted);
  go.set_value();
  while (done < kLoadsMax) std::this_thread::yield();
  side_.reset();
  call->order([&] { ++done; });
  ASSERT_EQ(call->refused.size(), 2U);
  EXPECT_EQ(call->refused[1].error.code, Code::kUnavailable);
  EXPECT_EQ(done, kLoadsMax);
}

}  // namespace
}  // namespace fovea::wire
