// An inference of one model with two versions, for tests: "1" serves, "2" is the candidate. Either can fail, hang or
// disagree; answers come from the caller's thread, held ones when they are let go.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <vector>

#include "serve/inference/inference.h"

namespace fovea::rollout {

class TwoVersions final : public inference::Inference {
 public:
  struct Version {
    std::shared_ptr<inference::Model> model;
    std::atomic<bool> hangs{false}, disagrees{false}, serves{true};
    std::atomic<Code> fails{Code::kCancelled};  // kCancelled: it doesn't
    std::atomic<int> asked{0};
  };
  TwoVersions() {
    for (const char* number : {"1", "2"}) {
      Version& version = versions_[number];
      version.model = std::make_shared<inference::Model>();
      version.model->info.name = "m";
      version.model->info.version = number;
      version.model->info.digest = std::string("digest of ") + number;
      version.model->info.task = inference::Task::kClassification;
      version.model->info.width = 2;
    }
  }
  ~TwoVersions() override { let_go(); }
  Version& at(const std::string& version) { return versions_.at(version == "candidate" ? "2" : version); }

  std::unique_ptr<inference::Ticket> submit(inference::Call call, inference::Done done) override {
    Version& version = at(call.version.empty() ? "1" : call.version);
    ++version.asked;
    if (version.hangs) {
      std::lock_guard lock(mutex_);
      held_.push_back(std::move(done));
    } else if (version.fails != Code::kCancelled) {
      done(std::unexpected(inference::Failure{{version.fails, "told to", "", ""}, Nanos(0), false}));
    } else {
      inference::Reply reply;
      reply.model = version.model;
      const size_t inputs = std::get<std::vector<inference::Text>>(call.inputs).size();
      const std::vector<float> values = version.disagrees ? std::vector<float>{2, 1} : std::vector<float>{1, 2};
      reply.answers.resize(inputs);
      for (auto& answer : reply.answers) answer.values = values;
      done(std::move(reply));
    }
    return std::make_unique<CountingTicket>(cancels);
  }
  Result<std::shared_ptr<const inference::Model>> model(std::string_view, std::string_view version) const override {
    const Version& found = versions_.at(version.empty() ? "1" : version == "candidate" ? "2" : std::string(version));
    if (!found.serves) return fail(Code::kUnavailable, "does not serve");
    return found.model;
  }
  std::vector<inference::ModelState> models() const override { return {}; }
  Result<inference::Statistics> statistics(std::string_view, std::string_view) const override {
    return inference::Statistics{};
  }
  Result<void> load(std::string_view, std::string_view = {}) override { return {}; }
  Result<void> unload(std::string_view) override { return {}; }
  bool ready() const override { return true; }

  void let_go() {
    std::vector<inference::Done> held;
    {
      std::lock_guard lock(mutex_);
      held.swap(held_);
    }
    for (auto& done : held) done(std::unexpected(inference::Failure{{Code::kUnavailable, "let go", "", ""}}));
  }
  std::atomic<int> cancels{0};

 private:
  class CountingTicket final : public inference::Ticket {
   public:
    explicit CountingTicket(std::atomic<int>& count) : count_(count) {}
    void cancel() override { ++count_; }

   private:
    std::atomic<int>& count_;
  };
  std::map<std::string, Version> versions_;
  std::mutex mutex_;
  std::vector<inference::Done> held_;
};

inline inference::Call call_of(std::string key, std::string text = "text") {
  inference::Call call;
  call.model = "m";
  call.key = std::move(key);
  call.inputs = std::vector<inference::Text>{{std::move(text), "", false}};
  return call;
}

}  // namespace fovea::rollout
