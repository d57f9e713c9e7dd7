// `fovea serve` with a shadow that behaves badly, for shadow_test.py: fovea_shadow_server FOLDER|null|hang
// none|good|hang|throw|stuck [SECONDS TO DRAIN]. Its candidate is the folder's model itself, or a backend that hangs in
// its runs or throws from them: from the first text on, or (stuck) while it loads already.
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "door/cli/model_service.h"
#include "serve/inference/null_backend.h"

namespace {

using namespace fovea;

// Behaves until it reads a text, then no more.
class Bad final : public inference::Backend {
 public:
  Bad(const std::string& name, const std::string& kind)
      : null_(inference::make_null_backend(name)), throws_(kind == "throw"), bad_(kind == "stuck") {}
  const inference::Model& model() const override { return null_->model(); }
  int steps() const override { return 1; }
  Result<inference::Item> read(const inference::Text& text, bool cut, const std::string& where) const override {
    bad_ = true;
    return null_->read(text, cut, where);
  }
  Result<inference::Item> read(inference::Ids ids, const std::string& where) const override {
    return null_->read(std::move(ids), where);
  }
  Result<void> run(const Run& run) const override {
    if (!bad_) return null_->run(run);
    if (throws_) throw std::runtime_error("told to");
    for (;;) ::pause();  // never returns
  }

 private:
  const std::unique_ptr<inference::Backend> null_;
  const bool throws_;
  mutable std::atomic<bool> bad_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 3 && count != 4) return 2;
  const std::string folder = arguments[1], what = arguments[2];
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
  const auto is_bad = [](const std::string& at) { return at == "hang" || at == "throw" || at == "stuck"; };
  options.models.backends.push_back(
      {"bad", is_bad, [](const inference::Opening& opening) -> Result<std::unique_ptr<inference::Backend>> {
         return std::make_unique<Bad>(opening.name, opening.place);
       }});
  options.http.address = "127.0.0.1:0";
  const int drain = count == 4 ? std::atoi(arguments[3]) : 25;
  return cli::serve_until_told(std::move(options), std::chrono::seconds(drain), false);
}
