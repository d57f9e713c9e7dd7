#include "serve/inference/remote_backend.h"

#include <condition_variable>
#include <mutex>

#include "serve/inference/limits.h"

namespace fovea::inference {
namespace {

// Shared with a backend that may tell an end when nobody waits for it any more.
struct Waiting {
  std::mutex mutex;
  std::condition_variable told;
  std::optional<std::expected<std::vector<Answer>, Failure>> end;
};

}  // namespace

Result<void> RemoteBackend::run(const Run& run) const {
  const SystemClock clock;
  const Nanos deadline = clock.steady() + kRunMax;
  for (size_t at = 0; at < run.items.size();) {
    std::vector<Item> copies;
    for (const Item* item : run.items.subspan(at)) copies.push_back(*item);
    const size_t count = std::clamp<size_t>(fits(copies), 1, copies.size());
    const auto items = run.items.subspan(at, count);
    const auto waiting = std::make_shared<Waiting>();
    const auto ticket = start({items, deadline, {}, {}}, [waiting](auto answers) {
      std::lock_guard lock(waiting->mutex);
      waiting->end = std::move(answers);
      waiting->told.notify_all();
    });
    std::optional<Error> stopped;
    std::unique_lock lock(waiting->mutex);
    while (!waiting->end) {
      waiting->told.wait_for(lock, std::chrono::milliseconds(2));
      if (waiting->end || stopped || !run.pause) continue;
      lock.unlock();
      if (auto goes_on = run.pause(); !goes_on) {
        stopped = goes_on.error();
        ticket->cancel();
      }
      lock.lock();
    }
    if (stopped) return std::unexpected(*stopped);
    if (!*waiting->end) return std::unexpected(std::move(waiting->end->error().error));
    if ((*waiting->end)->size() != count) return fail(Code::kInternal, "as many answers as inputs were expected");
    for (size_t i = 0; i < count; ++i) *run.answers[at + i] = std::move((**waiting->end)[i]);
    at += count;
  }
  return {};
}

}  // namespace fovea::inference
