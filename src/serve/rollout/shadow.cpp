#include "serve/rollout/shadow.h"

#include <sys/resource.h>
#include <unistd.h>

#include "serve/rollout/limits.h"

namespace fovea::rollout {

using inference::Answer;
using inference::Failure;
using inference::Reply;

struct Shadow::Record {
  mutable std::mutex mutex;  // tried by offer(), waited for by nobody who serves
  std::condition_variable more;
  std::deque<ShadowCopy> waiting;
  size_t bytes = 0, under_way = 0;
  bool stop = false;
  Comparison comparison;
  Latency latency;
  std::atomic<uint64_t> copies{0}, dropped{0}, answered{0}, failed{0};
  std::atomic<bool> full{false};

  void note(const ShadowCopy& copy, const std::expected<Reply, Failure>& outcome, Nanos took) {
    std::lock_guard lock(mutex);
    --under_way;
    more.notify_one();
    if (!outcome) {
      ++failed;
      return;
    }
    ++answered;
    latency.add(took);
    comparison.add(copy.model->info, copy.answers, outcome->model->info, outcome->answers);
  }
};

size_t bytes_of(const inference::Call& call) {
  size_t out = 0;
  if (const auto* texts = std::get_if<std::vector<inference::Text>>(&call.inputs)) {
    for (const auto& text : *texts) out += sizeof(text) + text.first.size() + text.second.size();
  } else if (const auto* ids = std::get_if<std::vector<inference::Ids>>(&call.inputs)) {
    for (const auto& each : *ids) out += sizeof(each) + (each.ids.size() + each.types.size()) * sizeof(int32_t);
  } else {
    for (const auto& tensor : std::get<inference::Feed>(call.inputs).tensors)
      out += sizeof(tensor) + tensor.bytes.size();
  }
  return out;
}

Shadow::Shadow(ShadowPlan plan, inference::Inference& inference, const Clock& clock)
    : plan_(std::move(plan)), inference_(inference), clock_(clock), record_(std::make_shared<Record>()) {
  thread_ = std::thread([this] { work(); });
}

Shadow::~Shadow() {
  {
    std::lock_guard lock(record_->mutex);
    record_->stop = true;
    record_->waiting.clear();
  }
  record_->more.notify_all();
  thread_.join();
}

bool Shadow::wants(std::string_view key, std::string_view model) const {
  constexpr std::string_view kSalt = "shadow of ";
  if (!is_chosen(key, std::string(kSalt) + std::string(model), plan_.share)) return false;
  if (!record_->full.load(std::memory_order_relaxed)) return true;
  ++record_->copies;
  ++record_->dropped;
  return false;
}

void Shadow::offer(ShadowCopy copy) {
  Record& record = *record_;
  ++record.copies;
  for (const Answer& answer : copy.answers) {
    copy.bytes += answer.values.size() * sizeof(float);
    for (const auto& tensor : answer.tensors) copy.bytes += tensor.bytes.size();
  }
  std::unique_lock lock(record.mutex, std::try_to_lock);
  if (!lock || record.waiting.size() >= kShadowWaitingMax || record.bytes + copy.bytes > kShadowBytesMax) {
    ++record.dropped;
    return;
  }
  record.bytes += copy.bytes;
  record.waiting.push_back(std::move(copy));
  record.full = record.waiting.size() >= kShadowWaitingMax;
  record.more.notify_one();
}

void Shadow::work() {
  constexpr int kLast = 19;  // it holds locks of the server for moments: it must not be starved of all time
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLast);
  Record& record = *record_;
  std::unique_lock lock(record.mutex);
  for (;;) {
    record.more.wait(lock,
                     [&] { return record.stop || (!record.waiting.empty() && record.under_way < kShadowUnderWayMax); });
    if (record.stop) return;
    ShadowCopy copy = std::move(record.waiting.front());
    record.waiting.pop_front();
    record.bytes -= copy.bytes;
    record.full = false;
    ++record.under_way;
    lock.unlock();
    ask(std::move(copy));
    lock.lock();
  }
}

void Shadow::ask(ShadowCopy copy) {
  inference::Call call = std::move(copy.call);
  call.version = plan_.version;
  call.priority = schedule::Priority::kBatch;
  call.background = true;
  const Nanos begun = clock_.steady();
  call.deadline = begun + kShadowPatience;
  auto kept = std::make_shared<ShadowCopy>(std::move(copy));
  const Clock& clock = clock_;
  inference_.submit(std::move(call), [record = record_, kept, begun, &clock](std::expected<Reply, Failure> outcome) {
    record->note(*kept, outcome, clock.steady() - begun);
  });
}

void Shadow::forget() {
  std::lock_guard lock(record_->mutex);
  record_->comparison = {};
  record_->latency = {};
}

inference::ShadowState Shadow::state() const {
  inference::ShadowState out;
  out.version = plan_.version;
  out.share = plan_.share;
  out.copies = record_->copies;
  out.dropped = record_->dropped;
  out.answered = record_->answered;
  out.failed = record_->failed;
  std::lock_guard lock(record_->mutex);
  out.compared = record_->comparison.compared();
  out.agreed = record_->comparison.agreed();
  out.largest_difference = record_->comparison.largest_difference();
  out.p50 = record_->latency.percentile(0.5);
  out.p99 = record_->latency.percentile(0.99);
  return out;
}

}  // namespace fovea::rollout
