#include "serve/remote/remote_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>

#include "base/digest.h"
#include "base/random.h"
#include "serve/remote/breaker.h"
#include "serve/remote/day_budget.h"
#include "serve/remote/grpc_wire.h"
#include "serve/remote/http_wire.h"
#include "serve/remote/limits.h"
#include "serve/remote/retry_credit.h"

namespace fovea::remote {
namespace {

using inference::Answer;
using inference::Failure;
using inference::Item;

class RemoteModel;

// One group on its way, through all of its attempts. The model lives until `ended` was called, and is touched only
// before.
struct Job : std::enable_shared_from_this<Job> {
  const RemoteModel* model = nullptr;
  std::vector<const Item*> items;
  Nanos deadline{0};
  inference::RemoteBackend::Ended ended;

  std::mutex mutex;  // of what follows
  std::unique_ptr<inference::Ticket> ticket;
  int attempts = 0;
  uint64_t attempt = 0;  // the one whose end is waited for; 0: between two
  bool cancelled = false, done = false;
};

class JobTicket final : public inference::Ticket {
 public:
  explicit JobTicket(std::shared_ptr<Job> job) : job_(std::move(job)) {}
  void cancel() override;

 private:
  std::shared_ptr<Job> job_;
};

class RemoteModel final : public inference::RemoteBackend {
 public:
  RemoteModel(RemoteOptions options, const RemoteParts& parts)
      : options_(std::move(options)),
        clock_(parts.clock),
        breaker_(options_.breaker.failures, options_.breaker.pause),
        random_(seed()) {}

  static Result<std::unique_ptr<RemoteBackend>> open(const std::string& name, RemoteOptions options,
                                                     const RemoteParts& parts, std::unique_ptr<Wire> wire) {
    auto made = std::make_unique<RemoteModel>(std::move(options), parts);
    made->wire_ = std::move(wire);
    if (!made->wire_) {
      const bool grpc = made->options_.kind == Kind::kV2Grpc;
      FOVEA_TRY(made->wire_, grpc ? make_grpc_wire(made->options_, parts.fetch)
                                  : make_http_wire(made->options_, parts.fetch, parts.clock));
    }
    FOVEA_TRY(made->budget_, DayBudget::open(made->options_.budget, parts.files, parts.clock));
    made->describe(name);
    return made;
  }

  const inference::Model& model() const override { return model_; }
  inference::RemoteBounds bounds() const override { return {options_.concurrency, options_.waiting}; }
  size_t fits(std::span<const Item> items) const override { return wire_->fits(items); }

  using Backend::read;
  Result<Item> read(const inference::Text& text, bool cut, const std::string& where) const override {
    if (text.pair && !options_.pairs) return fail(Code::kInvalidArgument, "the model reads no pairs of texts", where);
    if (!text.pair && options_.task == inference::Task::kScore)
      return fail(Code::kInvalidArgument, "the model scores pairs of texts", where);
    const size_t bytes = text.first.size() + text.second.size();
    if (bytes > kTextBytesMax)
      return fail(Code::kOutOfRange, fmt::format("{} bytes, at most {} are sent", bytes, kTextBytesMax), where,
                  "shorten it");
    Item item;
    item.text = text;
    item.may_cut = cut;
    return item;
  }
  Result<Item> read(inference::Ids, const std::string& where) const override {
    return fail(Code::kUnimplemented, "the model runs elsewhere and reads texts, no token ids", where, "send the text");
  }

  std::unique_ptr<inference::Ticket> start(const Group& group, Ended ended) const override {
    auto job = std::make_shared<Job>();
    job->model = this;
    job->items.assign(group.items.begin(), group.items.end());
    job->deadline = std::min(group.deadline, clock_.steady() + options_.timeout);
    job->ended = std::move(ended);
    if (!group.region.empty() && group.region != options_.region) {
      finish(job, std::unexpected(Failure{
                      {Code::kPermissionDenied,
                       fmt::format("data of the region '{}' may not go to {}", group.region,
                                   options_.region.empty() ? "a service without one" : "'" + options_.region + "'"),
                       model_.info.name, "use a model of that region"},
                      Nanos(0),
                      false}));
    } else {
      credit_.note_request();
      attempt(job);
    }
    return std::make_unique<JobTicket>(std::move(job));
  }

  // Told from JobTicket.
  static void cancel(const std::shared_ptr<Job>& job) {
    std::unique_lock lock(job->mutex);
    if (job->done || job->cancelled) return;
    job->cancelled = true;
    if (job->ticket) job->ticket->cancel();
    const bool between = job->attempt == 0;
    lock.unlock();
    if (between) finish(job, std::unexpected(Failure{{Code::kCancelled, "cancelled", "", ""}, Nanos(0), false}));
  }

 private:
  static uint64_t seed() {
    uint64_t out = 0;
    std::memcpy(&out, random_bytes(sizeof out).data(), sizeof out);
    return out;
  }

  void describe(const std::string& name) {
    std::string all =
        fmt::format("{} {} {} {}", kind_name(options_.kind), options_.url, options_.model, options_.version);
    for (const std::string& label : options_.labels) all += "\n" + label;
    all += "\n" + options_.chat.instruction;
    model_.tokenized_elsewhere = true;
    model_.info = {.name = name,
                   .version = options_.version.empty() ? "1" : options_.version,
                   .task = options_.task,
                   .architecture = std::string(kind_name(options_.kind)),
                   .precision = "remote",
                   .digest = to_hex(bytes_of(sha256(all))),
                   .labels = options_.labels,
                   .width = options_.width,
                   .tokens_max = options_.tokens_max,
                   .vocabulary = 0,
                   .pairs = options_.pairs};
  }

  static std::unexpected<Failure> failed(Error error, Nanos retry_after = Nanos(0), bool retry_helps = true) {
    return std::unexpected(Failure{std::move(error), retry_after, retry_helps});
  }

  static void finish(const std::shared_ptr<Job>& job, std::expected<std::vector<Answer>, Failure> answers) {
    {
      const std::lock_guard lock(job->mutex);
      if (job->done) return;
      job->done = true;
      job->ticket.reset();
    }
    const Ended ended = std::move(job->ended);
    ended(std::move(answers));
  }

  int64_t tokens_of(const Job& job) const {
    int64_t tokens = 0;
    for (const Item* item : job.items) tokens += item->tokens();
    return tokens;
  }

  double money(double tokens, double tokens_made) const {
    return options_.price.request + (options_.price.tokens * tokens + options_.price.tokens_made * tokens_made) / 1000;
  }
  // What an attempt may cost at most, as far as it is known before.
  double most_money(const Job& job) const {
    const double made = options_.kind == Kind::kOpenAiChat ? static_cast<double>(options_.chat.tokens_made_max) : 0;
    return money(static_cast<double>(tokens_of(job) + static_cast<int64_t>(options_.chat.instruction.size() / 4)),
                 made);
  }

  void attempt(const std::shared_ptr<Job>& job) const {
    const Nanos now = clock_.steady(), left = job->deadline - now;
    if (left.count() <= 0)
      return finish(job, failed({Code::kDeadlineExceeded, "no time is left to ask the service", model_.info.name, ""}));
    if (const Nanos open = breaker_.admit(now); open.count() > 0)
      return finish(job, failed({Code::kUnavailable, "the service failed lately and is left alone for a while",
                                 model_.info.name, ""},
                                open));
    const DayBudget::Spent reserved{most_money(*job), 0};
    if (auto may = budget_->reserve(reserved); !may) {
      breaker_.gave_up();
      may.error().where = model_.info.name;
      const bool spent = may.error().code == Code::kResourceExhausted;
      return finish(job, failed(std::move(may.error()), spent ? budget_->until_tomorrow() : Nanos(0)));
    }
    uint64_t number = 0;
    {
      const std::lock_guard lock(job->mutex);
      number = job->attempt = static_cast<uint64_t>(++job->attempts);
      job->ticket.reset();
    }
    auto ticket = wire_->send(job->items, left, [this, job, reserved, now](Attempt attempt) {
      take(job, std::move(attempt), reserved, now);
    });
    const std::lock_guard lock(job->mutex);
    if (job->done || job->attempt != number) return;  // it ended within send()
    job->ticket = std::move(ticket);
    if (job->cancelled) job->ticket->cancel();
  }

  void take(const std::shared_ptr<Job>& job, Attempt attempt, const DayBudget::Spent& reserved, Nanos begun) const {
    const Nanos now = clock_.steady();
    const bool cancelled = !attempt.told && attempt.told.error().code == Code::kCancelled;
    cancelled ? breaker_.gave_up() : attempt.ill ? breaker_.failed(now) : breaker_.succeeded();
    DayBudget::Spent really{0, std::chrono::duration<double>(now - begun).count()};
    if (attempt.told) {
      const bool said = attempt.told->tokens >= 0;
      really.money = said ? money(static_cast<double>(attempt.told->tokens),
                                  static_cast<double>(std::max<int64_t>(0, attempt.told->tokens_made)))
                          : reserved.money;
    } else if (attempt.delivered) {
      really.money = reserved.money;
    }
    budget_->settle(reserved, really);
    if (attempt.told) return finish(job, answers(*job, std::move(*attempt.told), really.money));
    again_or_end(job, std::move(attempt), now, cancelled);
  }

  void again_or_end(const std::shared_ptr<Job>& job, Attempt attempt, Nanos now, bool cancelled) const {
    Error error = std::move(attempt.told.error());
    const bool safe = attempt.sheds || (attempt.ill && (!attempt.delivered || options_.retry.idempotent));
    bool again = false;
    Nanos wait = attempt.retry_after;
    {
      const std::lock_guard lock(job->mutex);
      job->attempt = 0;
      if (wait.count() == 0) wait = backoff(job->attempts);
      again = safe && !cancelled && !job->cancelled && job->attempts < options_.retry.attempts &&
              now + wait < job->deadline && credit_.take();
    }
    if (!again) return finish(job, failed(std::move(error), attempt.retry_after, attempt.ill || attempt.sheds));
    wire_->after(wait, [job] {
      {
        const std::lock_guard lock(job->mutex);
        if (job->done || job->cancelled) return;
      }
      job->model->attempt(job);
    });
  }

  // Between half of it and all of it.
  Nanos backoff(int attempts) const {
    const double most = std::min(static_cast<double>(options_.retry.backoff.count()) * std::pow(2.0, attempts - 1),
                                 static_cast<double>(Nanos(kBackoffMax).count()));
    const std::lock_guard lock(random_mutex_);
    return Nanos(static_cast<int64_t>(most * (0.5 + random_.uniform() / 2)));
  }

  std::expected<std::vector<Answer>, Failure> answers(const Job& job, Told told, double money) const {
    if (told.rows.size() != job.items.size())
      return failed({Code::kInternal, "a dialect gave another number of rows", model_.info.name, ""}, Nanos(0), false);
    std::vector<Answer> out(told.rows.size());
    for (size_t i = 0; i < out.size(); ++i) {
      out[i].values = std::move(told.rows[i]);
      out[i].cost = money / static_cast<double>(out.size());
      out[i].tokens = static_cast<size_t>(out.size() == 1 && told.tokens >= 0 ? told.tokens : job.items[i]->tokens());
    }
    return out;
  }

  const RemoteOptions options_;
  const Clock& clock_;
  std::unique_ptr<Wire> wire_;
  std::unique_ptr<DayBudget> budget_;
  mutable CircuitBreaker breaker_;
  mutable RetryCredit credit_;
  mutable std::mutex random_mutex_;
  mutable Random random_;
  inference::Model model_;
};

void JobTicket::cancel() {
  RemoteModel::cancel(job_);
}

}  // namespace

Result<std::unique_ptr<inference::RemoteBackend>> open_remote_model(const std::string& name, RemoteOptions options,
                                                                    const RemoteParts& parts) {
  return RemoteModel::open(name, std::move(options), parts, nullptr);
}

Result<std::unique_ptr<inference::RemoteBackend>> open_remote_model(const std::string& name, RemoteOptions options,
                                                                    const RemoteParts& parts,
                                                                    std::unique_ptr<Wire> wire) {
  return RemoteModel::open(name, std::move(options), parts, std::move(wire));
}

bool is_remote_file(const std::string& place) {
  return place.ends_with(".yaml") || place.ends_with(".yml");
}

}  // namespace fovea::remote
