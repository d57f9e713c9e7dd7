#include "door/assemble/remote_rung.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "decide/ladder/limits.h"

namespace fovea::assemble {
namespace {

using inference::Answer;
using inference::Failure;
using ladder::Verdict;

constexpr Nanos kLongest = std::chrono::minutes(10);  // of an item without a deadline

// Groups of one climb on their way: ends are told from other threads.
struct Asking {
  std::mutex mutex;
  std::condition_variable ended;
  size_t in_flight = 0;
  std::vector<std::optional<std::expected<Answer, Failure>>> ends;  // [items]
};

record::Prediction prediction_of(const Answer& answer, const inference::ModelInfo& info) {
  const float most = *std::ranges::max_element(answer.values);
  std::vector<std::pair<double, size_t>> order;
  double sum = 0;
  for (size_t i = 0; i < answer.values.size(); ++i) {
    order.emplace_back(std::exp(static_cast<double>(answer.values[i] - most)), i);
    sum += order.back().first;
  }
  std::ranges::stable_sort(order, std::ranges::greater(), &std::pair<double, size_t>::first);
  record::Prediction out;
  out.label = info.labels[order[0].second];
  out.probability = order[0].first / sum;
  out.margin = (order[0].first - order[1].first) / sum;
  out.model = info.digest;
  for (size_t i = 0; i < std::min(order.size(), ladder::kScoresKept); ++i)
    out.scores.emplace_back(info.labels[order[i].second], order[i].first / sum);
  return out;
}

class RemoteRung final : public ladder::Rung {
 public:
  RemoteRung(std::shared_ptr<const inference::RemoteBackend> backend, std::string region, const file::Sure& sure)
      : backend_(std::move(backend)),
        region_(std::move(region)),
        least_(std::max(sure.min_probability.value_or(0), sure.error_budget ? 1 - *sure.error_budget : 0)),
        margin_(sure.min_margin.value_or(0)) {}

  std::string name() const override { return "remote"; }

  std::vector<ladder::Answer> answer(std::span<const ladder::Item> items, const Clock& clock) override {
    std::vector<ladder::Answer> answers(items.size());
    std::vector<inference::Item> asked;
    std::vector<size_t> places;  // of those that are asked
    for (size_t i = 0; i < items.size(); ++i) {
      if (auto kept = kept_answer(items[i])) {
        answers[i] = std::move(*kept);
        continue;
      }
      auto item = backend_->read(inference::Text{std::string(items[i].text), {}, false}, true, "text");
      if (!item) {
        answers[i] = {Verdict::kFailed, {}, item.error().text()};
        continue;
      }
      asked.push_back(std::move(*item));
      places.push_back(i);
    }
    auto ends = ask(items, asked, places, clock);
    for (size_t i = 0; i < places.size(); ++i) answers[places[i]] = judge(std::move(ends[i]));
    return answers;
  }

 private:
  // What was answered when this very ladder decided the same: a replay pays nobody and sends nothing out.
  static std::optional<ladder::Answer> kept_answer(const ladder::Item& item) {
    if (item.before == nullptr) return std::nullopt;
    const auto found = std::ranges::find(item.before->attempts, "remote", &record::RungAttempt::rung);
    if (found == item.before->attempts.end()) return std::nullopt;
    ladder::Answer out{Verdict::kFailed, {}, found->detail};
    for (const Verdict each : {Verdict::kSure, Verdict::kUnsure, Verdict::kLate, Verdict::kSkipped})
      if (verdict_name(each) == found->outcome) out.verdict = each;
    out.prediction.label = found->label;
    out.prediction.probability = found->probability;
    if (item.before->rung == "remote") out.prediction = item.before->prediction;
    return out;
  }

  std::vector<std::expected<Answer, Failure>> ask(std::span<const ladder::Item> items,
                                                  const std::vector<inference::Item>& asked,
                                                  const std::vector<size_t>& places, const Clock& clock) const {
    auto asking = std::make_shared<Asking>();
    asking->ends.resize(asked.size());
    std::vector<std::unique_ptr<inference::Ticket>> tickets;
    for (size_t at = 0; at < asked.size();) {
      const size_t count = std::clamp<size_t>(backend_->fits(std::span(asked).subspan(at)), 1, asked.size() - at);
      std::vector<const inference::Item*> group;
      Nanos deadline = clock.steady() + kLongest;
      for (size_t i = at; i < at + count; ++i) {
        group.push_back(&asked[i]);
        deadline = std::min(deadline, items[places[i]].deadline);
      }
      {
        std::unique_lock lock(asking->mutex);
        asking->ended.wait(lock, [&] { return asking->in_flight < backend_->bounds().in_flight; });
        ++asking->in_flight;
      }
      tickets.push_back(backend_->start({group, deadline, "", region_}, [asking, at, count](auto answers) {
        const std::lock_guard lock(asking->mutex);
        for (size_t i = 0; i < count; ++i) {
          if (answers) {
            asking->ends[at + i] = std::move((*answers)[i]);
          } else {
            asking->ends[at + i] = std::unexpected(answers.error());
          }
        }
        --asking->in_flight;
        asking->ended.notify_all();
      }));
      at += count;
    }
    std::unique_lock lock(asking->mutex);
    asking->ended.wait(lock, [&] { return asking->in_flight == 0; });
    std::vector<std::expected<Answer, Failure>> out;
    for (auto& each : asking->ends) out.push_back(std::move(*each));
    return out;
  }

  ladder::Answer judge(std::expected<Answer, Failure> end) const {
    if (!end) {
      const Error& error = end.error().error;
      const bool late = error.code == Code::kDeadlineExceeded;
      return {late ? Verdict::kLate : Verdict::kFailed, {}, fmt::format("{}: {}", code_name(error.code), error.text())};
    }
    ladder::Answer out{Verdict::kSure, prediction_of(*end, backend_->model().info), ""};
    out.cost = end->cost;
    if (out.prediction.probability < least_) {
      out.verdict = Verdict::kUnsure;
      out.detail = fmt::format("probability {:.2f} under {:.2f}", out.prediction.probability, least_);
    } else if (out.prediction.margin < margin_) {
      out.verdict = Verdict::kUnsure;
      out.detail = fmt::format("margin {:.2f} under {:.2f}", out.prediction.margin, margin_);
    }
    return out;
  }

  const std::shared_ptr<const inference::RemoteBackend> backend_;
  const std::string region_;
  const double least_, margin_;
};

}  // namespace

Result<std::unique_ptr<ladder::Rung>> make_remote_rung(std::shared_ptr<const inference::RemoteBackend> backend,
                                                       const std::string& region, const file::Rung& rung,
                                                       const file::Sure& sure) {
  if (backend->model().info.task != inference::Task::kClassification)
    return fail(Code::kInvalidArgument, "a rung is a classifier", rung.model, "task: classification");
  if (!rung.region.empty() && rung.region != region)
    return fail(Code::kPermissionDenied,
                fmt::format("the texts may be processed in '{}' only, and this model is {}", rung.region,
                            region.empty() ? "of no declared region" : "in '" + region + "'"),
                rung.model, "take a model of that region");
  return std::make_unique<RemoteRung>(std::move(backend), rung.region, sure);
}

}  // namespace fovea::assemble
