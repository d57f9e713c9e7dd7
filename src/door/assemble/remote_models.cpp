#include "door/assemble/remote_models.h"

#include "door/assemble/remote_rung.h"
#include "serve/remote/remote_model.h"

namespace fovea::assemble {
namespace {

// What its models share and what outlives them: the kind is the server's.
struct Shared {
  RealFiles files;
  std::shared_ptr<fetch::MultiFetch> fetch = std::make_shared<fetch::MultiFetch>();
};

}  // namespace

inference::BackendKind remote_kind(const Clock& clock) {
  auto shared = std::make_shared<Shared>();
  inference::BackendKind kind;
  kind.name = "remote";
  kind.takes = remote::is_remote_file;
  kind.open = [shared, &clock](const inference::Opening& opening) -> Result<std::unique_ptr<inference::Backend>> {
    FOVEA_TRY(remote::RemoteOptions options, remote::load_remote_options(opening.place));
    return remote::open_remote_model(opening.name, std::move(options), {shared->fetch, shared->files, clock});
  };
  return kind;
}

Result<std::vector<std::unique_ptr<ladder::Rung>>> RemoteRungs::open(const file::Rung& rung, const file::Sure& sure) {
  if (!fetch_) fetch_ = std::make_shared<fetch::MultiFetch>();
  FOVEA_TRY(remote::RemoteOptions options, remote::load_remote_options(rung.model));
  const std::string region = options.region;
  FOVEA_TRY(auto model, remote::open_remote_model("remote", std::move(options), {fetch_, files_, clock_}));
  FOVEA_TRY(auto made, make_remote_rung(std::move(model), region, rung, sure));
  std::vector<std::unique_ptr<ladder::Rung>> out;
  out.push_back(std::move(made));
  return out;
}

}  // namespace fovea::assemble
