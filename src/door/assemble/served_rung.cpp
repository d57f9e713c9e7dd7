#include "door/assemble/served_rung.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <numeric>

namespace fovea::assemble {
namespace {

constexpr size_t kScoresShown = 5;  // as record::Prediction has them
constexpr double kRecent = 0.2;     // weight of the newest call in what a call is expected to take
constexpr std::string_view kTenant = "flows";

using Reply = std::expected<inference::Reply, inference::Failure>;

// Waits for the one answer of a call.
class Awaited {
 public:
  void give(Reply reply) {
    const std::lock_guard lock(mutex_);
    reply_.emplace(std::move(reply));
    given_.notify_one();
  }
  Reply wait() {
    std::unique_lock lock(mutex_);
    given_.wait(lock, [&] { return reply_.has_value(); });
    return std::move(*reply_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable given_;
  std::optional<Reply> reply_;
};

std::vector<double> softmax(std::span<const float> logits) {
  std::vector<double> out(logits.begin(), logits.end());
  const double most = *std::ranges::max_element(out);
  for (double& each : out) each = std::exp(each - most);
  const double sum = std::accumulate(out.begin(), out.end(), 0.0);
  for (double& each : out) each /= sum;
  return out;
}

record::Prediction prediction_of(const inference::Answer& answer, const inference::ModelInfo& info) {
  const std::vector<double> probabilities = softmax(answer.values);
  std::vector<size_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, [&](size_t a, size_t b) { return probabilities[a] > probabilities[b]; });
  record::Prediction out;
  out.label = info.labels[order[0]];
  out.probability = probabilities[order[0]];
  out.margin = out.probability - (order.size() > 1 ? probabilities[order[1]] : 0);
  out.model = info.digest;
  out.precision = info.precision;
  for (size_t i = 0; i < std::min(kScoresShown, order.size()); ++i) {
    out.scores.emplace_back(info.labels[order[i]], probabilities[order[i]]);
  }
  return out;
}

class ServedRung final : public ladder::Rung {
 public:
  ServedRung(inference::Inference& models, std::string name, std::string version, double probability, double margin)
      : models_(models),
        model_(std::move(name)),
        version_(std::move(version)),
        probability_(probability),
        margin_(margin) {}

  std::string name() const override { return "attention"; }
  Nanos estimate(std::string_view) const override { return Nanos(static_cast<int64_t>(expected_ns_)); }

  std::vector<ladder::Answer> answer(std::span<const ladder::Item> items, const Clock& clock) override {
    const Nanos begin = clock.steady();
    auto awaited = std::make_shared<Awaited>();
    const auto ticket = models_.submit(call_of(items), [awaited](Reply reply) { awaited->give(std::move(reply)); });
    const Reply reply = awaited->wait();
    const auto took = static_cast<double>((clock.steady() - begin).count());
    expected_ns_ = expected_ns_ == 0 ? took : (1 - kRecent) * expected_ns_ + kRecent * took;
    std::vector<ladder::Answer> answers;
    for (size_t i = 0; i < items.size(); ++i) answers.push_back(read(reply, i));
    return answers;
  }

 private:
  inference::Call call_of(std::span<const ladder::Item> items) const {
    inference::Call call;
    call.model = model_;
    call.version = version_;
    call.tenant = kTenant;
    call.priority = schedule::Priority::kInteractive;
    std::vector<inference::Text> texts;
    Nanos deadline = Nanos::max();
    for (const ladder::Item& item : items) {
      texts.push_back({std::string(item.text), {}, false});
      deadline = std::min(deadline, item.deadline);
    }
    call.inputs = std::move(texts);
    if (deadline != Nanos::max()) call.deadline = deadline;
    return call;
  }

  ladder::Answer read(const Reply& reply, size_t at) const {
    using ladder::Verdict;
    if (!reply) {
      const bool late = reply.error().error.code == Code::kDeadlineExceeded;
      return {late ? Verdict::kLate : Verdict::kFailed, {}, reply.error().error.text()};
    }
    const inference::ModelInfo& info = reply->model->info;
    const inference::Answer& answer = reply->answers[at];
    if (info.task != inference::Task::kClassification || info.labels.size() != answer.values.size() ||
        answer.values.empty()) {
      return {Verdict::kFailed, {}, fmt::format("'{}' is no classifier with labels", model_)};
    }
    record::Prediction prediction = prediction_of(answer, info);
    const bool sure = prediction.probability >= probability_ && prediction.margin >= margin_;
    std::string why = fmt::format("probability {:.3f} {} {}, margin {:.3f} {} {}", prediction.probability,
                                  prediction.probability >= probability_ ? "reaches" : "under", probability_,
                                  prediction.margin, prediction.margin >= margin_ ? "reaches" : "under", margin_);
    return {sure ? Verdict::kSure : Verdict::kUnsure, std::move(prediction), std::move(why)};
  }

  inference::Inference& models_;
  const std::string model_, version_;
  const double probability_, margin_;
  double expected_ns_ = 0;  // of a call
};

}  // namespace

Result<std::vector<std::unique_ptr<ladder::Rung>>> open_served_rung(const file::Rung& rung, const file::Sure& sure,
                                                                    inference::Inference& models) {
  const size_t at = rung.model.find('@');
  const std::string name = rung.model.substr(0, at);
  std::string version = at == std::string::npos ? "" : rung.model.substr(at + 1);
  if (version == "latest") version.clear();
  if (name.empty()) return fail(Code::kInvalidArgument, fmt::format("'{}' is no NAME@VERSION", rung.model));
  if (sure.error_budget || !sure.min_probability) {
    return fail(Code::kInvalidArgument,
                fmt::format("'{}' is a served model, which has no thresholds for an error budget", rung.model), "",
                "say sure: { min_probability: 0.8 }");
  }
  std::vector<std::unique_ptr<ladder::Rung>> out;
  out.push_back(std::make_unique<ServedRung>(models, name, std::move(version), *sure.min_probability,
                                             sure.min_margin.value_or(0)));
  return out;
}

}  // namespace fovea::assemble
