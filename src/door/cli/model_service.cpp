#include "door/cli/model_service.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <future>
#include <thread>

#include "door/cli/output.h"
#include "door/cli/stop_on_signal.h"

namespace fovea::cli {
namespace {

constexpr std::chrono::milliseconds kSignalLook{50};  // while models load

void say_models(const inference::ModelServer& server) {
  for (const auto& state : server.models()) {
    const auto model = server.model(state.name, state.version);
    if (state.state != "READY" || !model) {
      say(fmt::format("  {}  version {}  {}: {}", state.name, state.version, state.state, state.reason));
      continue;
    }
    const auto& info = (*model)->info;
    say(fmt::format("  {}  version {}, {} {}, {}, {} values, texts of up to {} tokens", info.name, info.version,
                    info.architecture, inference::task_name(info.task), info.precision, info.width, info.tokens_max));
  }
}

void say_flows(assemble::ModelDoor& door) {
  for (const auto& flow : door.flows())
    say(fmt::format("  POST /v1/decide/{0} and /v1/events/{0}; state in {1}", flow->name(), flow->state()));
}

// Without the end of anything that a thread may still use.
[[noreturn]] void leave(int code) {
  std::fflush(nullptr);
  std::_Exit(code);
}

int end(assemble::ModelDoor& door, int code) {
  door.end_shadows();
  const auto left = door.left_behind();
  for (const std::string& each : left) say("  left behind: " + each);
  if (!left.empty()) leave(code);
  return code;
}

int stop(assemble::ModelDoor& door, const StopOnSignal& signals, Nanos grace, bool json) {
  if (door.stop(grace)) return end(door, 128 + signals.received());
  const Error late{Code::kDeadlineExceeded, "requests were still under way", "--drain", "give it longer"};
  leave(report(late, json));
}

}  // namespace

int serve_until_told(assemble::ModelDoorOptions options, Nanos grace, bool json) {
  StopOnSignal signals;
  const bool grpc = !options.grpc.empty();
  const SystemClock clock;
  auto opened = assemble::ModelDoor::open(std::move(options), clock,
                                          [](const std::string& text) { say(dim("  note: " + text)); });
  if (!opened) return report(opened.error(), json);
  assemble::ModelDoor& door = **opened;
  std::promise<void> tell;
  const auto told = tell.get_future();
  const auto watch = signals.watch([&tell] { tell.set_value(); });
  const auto is_told = [&told] { return told.wait_for(Nanos(0)) == std::future_status::ready; };

  const Nanos begin = clock.steady();
  std::packaged_task<Result<void>()> load([&door] { return door.models().load_all(); });
  auto loading = load.get_future();
  std::thread loader(std::move(load));
  while (loading.wait_for(kSignalLook) != std::future_status::ready && !is_told()) continue;
  if (loading.wait_for(Nanos(0)) != std::future_status::ready) {
    loader.detach();
    leave(stop(door, signals, grace, json));
  }
  loader.join();
  if (auto loaded = loading.get(); !loaded) return end(door, report(loaded.error(), json));
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock.steady() - begin);
  say(fmt::format("listening on port {}{}; models ready after {} ms:", door.port(),
                  grpc ? fmt::format(", for gRPC on port {}", door.grpc_port()) : "", took.count()));
  say_models(door.models());
  door.start_flows();
  say_flows(door);
  told.wait();
  return stop(door, signals, grace, json);
}

}  // namespace fovea::cli
