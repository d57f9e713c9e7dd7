#include "serve/remote/day_budget.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include "base/json.h"
#include "base/time_text.h"
#include "serve/remote/limits.h"

namespace fovea::remote {
namespace {

constexpr int64_t kDayNanos = int64_t{86'400} * 1'000'000'000;

std::string date_of(int64_t day) {
  const CivilDate date = civil_from_days(day);
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

double seconds_of(Nanos time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

Result<std::unique_ptr<DayBudget>> DayBudget::open(const Budget& budget, Files& files, const Clock& clock) {
  std::unique_ptr<DayBudget> made(new DayBudget(budget, files, clock));
  made->day_ = made->today();
  if (budget.money || budget.time) {
    FOVEA_OK(made->lock_file());
    FOVEA_OK(made->load());
  }
  return made;
}

DayBudget::~DayBudget() {
  if (lock_ >= 0) ::close(lock_);
}

Result<void> DayBudget::lock_file() {
  const std::string path = budget_.state + ".lock";
  lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock_ < 0) return fail(Code::kFailedPrecondition, "cannot be written", path, "its folder must be there");
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0)
    return fail(Code::kFailedPrecondition, "another process spends this budget", budget_.state,
                "give each its own state file and its share of the money");
  return {};
}

Result<void> DayBudget::load() {
  const auto text = files_.read(budget_.state, 0, 4096);
  if (!text && text.error().code == Code::kNotFound) return {};
  if (!text) return std::unexpected(text.error());
  const auto json = parse_json_file(*text, budget_.state);
  const double money = json ? number_or(member(*json, "money"), -1) : -1;
  const double seconds = json ? number_or(member(*json, "seconds"), -1) : -1;
  const std::string_view day = json ? text_or(member(*json, "day"), "") : "";
  if (!(money >= 0) || !(seconds >= 0) || day.empty())
    return fail(Code::kDataLoss, "says nothing of what was spent", budget_.state, "remove it to begin the day anew");
  if (day == date_of(day_)) spent_ = saved_ = {money, seconds};
  return {};
}

Result<void> DayBudget::reserve(const Spent& most) {
  const std::lock_guard lock(mutex_);
  turn_day();
  const Spent after{spent_.money + reserved_.money + most.money, spent_.seconds + reserved_.seconds + most.seconds};
  if (budget_.money && after.money > *budget_.money)
    return fail(Code::kResourceExhausted, fmt::format("the day's budget of {} is spent: {:.6g} is gone or under way",
                                                      *budget_.money, spent_.money + reserved_.money));
  if (budget_.time && spent_.seconds + reserved_.seconds >= seconds_of(*budget_.time))
    return fail(Code::kResourceExhausted,
                fmt::format("the day's budget of {} is spent", format_duration(*budget_.time)));
  if ((budget_.money && after.money > saved_.money) || (budget_.time && after.seconds > saved_.seconds)) {
    const Spent mark{after.money + (budget_.money ? *budget_.money / kBudgetSteps : 0),
                     after.seconds + (budget_.time ? seconds_of(*budget_.time) / kBudgetSteps : 0)};
    FOVEA_OK(save(mark));
  }
  reserved_.money += most.money;
  reserved_.seconds += most.seconds;
  return {};
}

void DayBudget::settle(const Spent& reserved, const Spent& really) {
  const std::lock_guard lock(mutex_);
  turn_day();
  reserved_.money = std::max(0.0, reserved_.money - reserved.money);
  reserved_.seconds = std::max(0.0, reserved_.seconds - reserved.seconds);
  spent_.money += really.money;
  spent_.seconds += really.seconds;
}

DayBudget::Spent DayBudget::spent() const {
  const std::lock_guard lock(mutex_);
  return day_ == today() ? spent_ : Spent{};
}

Nanos DayBudget::until_tomorrow() const {
  return Nanos(kDayNanos - clock_.now().ns % kDayNanos);
}

Result<void> DayBudget::save(const Spent& mark) {
  const JsonObject json{{"day", date_of(day_)}, {"money", mark.money}, {"seconds", mark.seconds}};
  if (auto written = files_.write_atomic(budget_.state, to_text(json) + "\n"); !written)
    return fail(Code::kFailedPrecondition, "what is spent cannot be kept: " + written.error().message, budget_.state,
                "nothing is spent until it can");
  saved_ = mark;
  return {};
}

void DayBudget::turn_day() {
  if (day_ == today()) return;
  day_ = today();
  spent_ = saved_ = {};
}

int64_t DayBudget::today() const {
  return clock_.now().ns / kDayNanos;
}

}  // namespace fovea::remote
