#include "door/cli/stop_on_signal.h"

#include <fmt/format.h>

#include <ctime>
#include <utility>

#include "door/cli/output.h"

namespace fovea::cli {

StopOnSignal::StopOnSignal() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
}

void StopOnSignal::watch(std::function<void()> stop) {
  waiter_ = std::thread([this, stop = std::move(stop)] {
    while (!ended_) {
      timespec pause{0, 100'000'000};
      const int signal = sigtimedwait(&signals_, nullptr, &pause);
      if (signal <= 0) continue;
      received_ = signal;
      say(fmt::format("fovea: {} received; finishing what is under way", signal == SIGINT ? "SIGINT" : "SIGTERM"));
      stop();
      return;
    }
  });
}

StopOnSignal::~StopOnSignal() {
  ended_ = true;
  if (waiter_.joinable()) waiter_.join();
}

}  // namespace fovea::cli
