#include "door/cli/run.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/progress.h"
#include "door/assemble/assembly.h"
#include "door/cli/decision_line.h"
#include "door/cli/output.h"
#include "door/http/events_api.h"
#include "stream/connectors/http_source.h"

namespace fovea::cli {
namespace {

constexpr size_t kDecisionsShownMax = 2'000;  // of one run: what comes after is too much to read

// Shows decisions as they fall.
class Narrator final : public flow::Tap {
 public:
  explicit Narrator(bool quiet) : quiet_(quiet) {}
  void kept(const store::Turn& turn) override {
    if (quiet_) return;
    for (const store::Kept& each : turn.events) {
      if (shown_ == kDecisionsShownMax) say(dim("  ... the rest goes by unshown; see 'fovea decisions'"));
      if (shown_++ >= kDecisionsShownMax) break;
      say(decision_line(each));
    }
    for (const store::EffectChange& change : turn.effect_changes) {
      if (change.dead) say(tint("  dead letter: ", 203) + change.dead->cause);
    }
  }
  void notice(const std::string& text) override { say(dim("  note: " + text)); }

 private:
  bool quiet_;
  size_t shown_ = 0;
};

// Blocks the two signals in every thread and waits for them in one: stop() is then called from an ordinary thread.
class StopOnSignal {
 public:
  StopOnSignal() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  void watch(flow::Runner& runner) {
    waiter_ = std::thread([this, &runner] {
      while (!ended_) {
        timespec pause{0, 100'000'000};
        int signal = sigtimedwait(&signals_, nullptr, &pause);
        if (signal <= 0) continue;
        received_ = signal;
        say(fmt::format("fovea: {} received; finishing what is under way", signal == SIGINT ? "SIGINT" : "SIGTERM"));
        runner.stop();
        return;
      }
    });
  }
  ~StopOnSignal() {
    ended_ = true;
    if (waiter_.joinable()) waiter_.join();
  }
  int received() const { return received_; }

 private:
  sigset_t signals_{};
  std::atomic<bool> ended_{false};
  std::atomic<int> received_{0};
  std::thread waiter_;
};

Result<http::ServerOptions> server_options(const RunOptions& options) {
  http::ServerOptions server;
  size_t colon = options.http.rfind(':');
  if (colon == std::string::npos)
    return fail(Code::kInvalidArgument, fmt::format("'{}' is not HOST:PORT", options.http), "--http",
                "write 127.0.0.1:8080");
  server.address = options.http.substr(0, colon);
  char* end = nullptr;
  long port = std::strtol(options.http.c_str() + colon + 1, &end, 10);
  if (*end != '\0' || port < 0 || port > 65'535)
    return fail(Code::kInvalidArgument, "the port must be a number up to 65535", "--http");
  server.port = static_cast<uint16_t>(port);
  server.tls_certificate = options.tls_certificate;
  server.tls_key = options.tls_key;
  if (!options.token_env.empty()) {
    const char* token = std::getenv(options.token_env.c_str());
    if (token == nullptr)
      return fail(Code::kInvalidArgument, fmt::format("the environment variable {} is not set", options.token_env),
                  "--token-env");
    server.token = token;
  }
  return server;
}

Result<std::unique_ptr<http::Server>> open_door(const RunOptions& options, assemble::Assembly& parts) {
  auto* source = dynamic_cast<connectors::HttpSource*>(parts.source.get());
  if (source == nullptr) return std::unique_ptr<http::Server>();
  RunOptions with_default = options;
  if (with_default.http.empty()) with_default.http = "127.0.0.1:8080";
  FOVEA_TRY(auto server, server_options(with_default));
  http::EventSources sources{{parts.flow.source.path, source}};
  return http::Server::start(server, http::events_api(std::move(sources), parts.clock));
}

}  // namespace

int run_flow(const RunOptions& options) {
  StopOnSignal signals;
  auto parts = assemble::Assembly::create({options.flow, options.state, options.once, true, true});
  if (!parts) return report(parts.error(), options.json);
  for (const file::Warning& warning : (*parts)->flow.warnings)
    say(dim(fmt::format("  warning: {}: {}", warning.where, warning.message)));
  auto server = open_door(options, **parts);
  if (!server) return report(server.error(), options.json);
  if (*server)
    say(fmt::format("listening on http://127.0.0.1:{} for POST /v1/events/{}", (*server)->port(),
                    (*parts)->flow.source.path));
  Narrator narrator(options.quiet || Progress::quiet());
  assemble::Assembly& p = **parts;
  flow::RequestBox requests(p.files, p.state);
  flow::Runner runner({p.clock, *p.source, *p.store, p.reader.get(), *p.journey, *p.log, p.effectors, &narrator,
                       options.once, true, &requests});
  signals.watch(runner);
  auto summary = runner.run();
  if (*server) (*server)->stop();
  if (!summary) return report(summary.error(), options.json);
  say_summary(*summary, p.flow, p.state);
  if (options.json) answer(summary->json());
  return signals.received() ? 128 + signals.received() : kDone;
}

}  // namespace fovea::cli
