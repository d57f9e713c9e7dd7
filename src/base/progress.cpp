#include "base/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace fovea {
namespace {
constexpr Nanos kTerminalEvery = std::chrono::milliseconds(100);
constexpr Nanos kLogEvery = std::chrono::seconds(5);
}  // namespace

bool Progress::quiet() {
  return std::getenv("FOVEA_QUIET") != nullptr;
}

Progress::Progress(std::string what, const Clock& clock, std::FILE* out)
    : what_(std::move(what)),
      clock_(clock),
      out_(out),
      terminal_(isatty(fileno(out)) != 0),
      start_(clock.steady()),
      marks_{{start_, 0}} {}

Progress::~Progress() = default;

void Progress::update(double fraction, const std::string& note) {
  Nanos now = clock_.steady();
  if (quiet() || (shown_.count() >= 0 && now - shown_ < (terminal_ ? kTerminalEvery : kLogEvery))) return;
  shown_ = now;
  fmt::print(out_, "{}{}: {:3.0f} %  {}  {}{}", terminal_ ? "\r\x1b[K" : "", what_, fraction * 100, left(now, fraction),
             note, terminal_ ? "" : "\n");
  std::fflush(out_);
}

std::string Progress::left(Nanos now, double fraction) {
  if (fraction <= 0.01) return "...";
  if (fraction >= marks_.back().fraction + 0.01) marks_.push_back({now, fraction});
  Mark from = marks_.front();
  for (const Mark& mark : marks_) {
    if (mark.fraction <= fraction / 2) from = mark;
  }
  double spent_s = std::chrono::duration<double>(now - from.at).count();
  double left_s = spent_s * (1 - fraction) / (fraction - from.fraction);
  return left_s < 120 ? fmt::format("{:.0f} s left", left_s) : fmt::format("{:.0f} min left", left_s / 60);
}

void Progress::done(const std::string& note) {
  if (quiet()) return;
  double spent_s = std::chrono::duration<double>(clock_.steady() - start_).count();
  fmt::print(out_, "{}{}: done in {:.1f} s  {}\n", terminal_ ? "\r\x1b[K" : "", what_, spent_s, note);
}

}  // namespace fovea
