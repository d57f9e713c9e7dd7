#include "door/access/callers_models.h"

#include <fmt/format.h>

#include <algorithm>

namespace fovea::access {

using inference::Done;
using inference::Failure;

Result<void> CallersModels::check(std::string_view name) const {
  if (caller_.may_use(name)) return {};
  return fail(Code::kNotFound, fmt::format("there is no model '{}'", name), "model");
}

std::unique_ptr<inference::Ticket> CallersModels::submit(inference::Call call, Done done) {
  if (auto checked = check(call.model); !checked) {
    done(std::unexpected(Failure{std::move(checked.error()), Nanos(0), false}));
    return nullptr;
  }
  call.tenant = caller_.tenant;
  call.priority = std::max(call.priority, caller_.priority_best);
  if (!caller_.quota) return all_.submit(std::move(call), std::move(done));
  auto charged = [caller = caller_, &clock = clock_, done = std::move(done)](auto reply) {
    if (reply) {
      int64_t tokens = 0;
      for (const inference::Answer& answer : reply->answers) tokens += static_cast<int64_t>(answer.tokens);
      caller.charge(tokens, clock.steady());
    }
    done(std::move(reply));
  };
  return all_.submit(std::move(call), std::move(charged));
}

Result<std::shared_ptr<const inference::Model>> CallersModels::model(std::string_view name,
                                                                     std::string_view version) const {
  FOVEA_OK(check(name));
  return all_.model(name, version);
}

std::vector<inference::ModelState> CallersModels::models() const {
  auto out = all_.models();
  std::erase_if(out, [&](const inference::ModelState& each) { return !caller_.may_use(each.name); });
  return out;
}

Result<inference::Statistics> CallersModels::statistics(std::string_view name, std::string_view version) const {
  FOVEA_OK(check(name));
  return all_.statistics(name, version);
}

Result<void> CallersModels::load(std::string_view name, std::string_view version) {
  FOVEA_OK(check(name));
  return all_.load(name, version);
}

Result<void> CallersModels::unload(std::string_view name) {
  FOVEA_OK(check(name));
  return all_.unload(name);
}

}  // namespace fovea::access
