// The model door with a shadow that behaves badly, for shadow_test.py: fovea_shadow_server FOLDER|null
// none|good|hang|throw. Its candidate is the folder's model itself, or a backend that hangs in its runs or throws from
// them. Prints its port, then waits for the end of its input.
#include <atomic>
#include <chrono>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

#include "door/assemble/model_door.h"
#include "serve/inference/null_backend.h"

namespace {

using namespace fovea;

std::atomic<bool> loaded{false}, ended{false};

// Behaves until it is loaded, then no more.
class Bad final : public inference::Backend {
 public:
  Bad(const std::string& name, bool throws) : null_(inference::make_null_backend(name)), throws_(throws) {}
  const inference::Model& model() const override { return null_->model(); }
  int steps() const override { return 1; }
  Result<inference::Item> read(const inference::Text& text, bool cut, const std::string& where) const override {
    return null_->read(text, cut, where);
  }
  Result<inference::Item> read(inference::Ids ids, const std::string& where) const override {
    return null_->read(std::move(ids), where);
  }
  Result<void> run(const Run& run) const override {
    if (!loaded) return null_->run(run);
    if (throws_) throw std::runtime_error("told to");
    while (!ended) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return null_->run(run);
  }

 private:
  const std::unique_ptr<inference::Backend> null_;
  const bool throws_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const std::string folder = arguments[1], what = arguments[2];
  const SystemClock clock;
  assemble::ModelDoorOptions options;
  inference::ModelPlace place{"m", folder};
  if (what != "none") {
    place.more["candidate"] = what == "good" ? folder : what;
    place.background = {"candidate"};
    rollout::Plan plan;
    plan.model = "m";
    plan.shadow.version = "candidate";
    options.rollouts.plans = {plan};
  }
  options.models.models = {place};
  options.models.schedule.workers = 1;
  const auto is_bad = [](const std::string& at) { return at == "hang" || at == "throw"; };
  options.models.backends.push_back(
      {"bad", is_bad, [](const inference::Opening& opening) -> Result<std::unique_ptr<inference::Backend>> {
         return std::make_unique<Bad>(opening.name, opening.place == "throw");
       }});
  options.http.address = "127.0.0.1:0";
  auto door = assemble::ModelDoor::open(std::move(options), clock);
  if (!door || !(*door)->models().load_all()) return 1;
  loaded = true;
  std::cout << (*door)->port() << std::endl;
  for (std::string line; std::getline(std::cin, line);) continue;
  ended = true;
  return 0;
}
