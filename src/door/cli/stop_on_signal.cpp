#include "door/cli/stop_on_signal.h"

#include <fmt/format.h>

#include <ctime>

#include "door/cli/output.h"

namespace fovea::cli {

StopOnSignal::StopOnSignal() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // who reads what is said may go; the server stays
}

StopOnSignal::Watch::Watch(StopOnSignal& signals, std::function<void()> stop) {
  waiter_ = std::thread([this, &signals, stop = std::move(stop)] {
    while (!ended_) {
      timespec pause{0, 100'000'000};
      const int signal = sigtimedwait(&signals.signals_, nullptr, &pause);
      if (signal <= 0) continue;
      signals.received_ = signal;
      say(fmt::format("fovea: {} received; finishing what is under way", signal == SIGINT ? "SIGINT" : "SIGTERM"));
      stop();
      return;
    }
  });
}

StopOnSignal::Watch::~Watch() {
  ended_ = true;
  waiter_.join();
}

}  // namespace fovea::cli
