#include "door/assemble/assembly.h"

#include <fmt/format.h>

#include <set>

#include "act/append_file.h"
#include "act/http_call.h"
#include "act/move_file.h"
#include "act/send_mail.h"
#include "door/assemble/model_rungs.h"
#include "door/assemble/served_rung.h"
#include "door/assemble/state_dir.h"
#include "flow/file/flow_file.h"
#include "stream/connectors/http_source.h"
#include "trust/audit/key.h"

namespace fovea::assemble {
namespace {

std::string_view connector_kind(file::Source::Kind kind) {
  switch (kind) {
    case file::Source::Kind::kMail:
      return "mail";
    case file::Source::Kind::kMbox:
      return "mbox";
    case file::Source::Kind::kJsonl:
      return "jsonl";
    case file::Source::Kind::kCsv:
      return "csv";
    case file::Source::Kind::kStdin:
      return "stdin";
    case file::Source::Kind::kFolder:
      return "folder";
    case file::Source::Kind::kHttp:
      return "http";
  }
  return "jsonl";
}

}  // namespace

Assembly::Assembly() = default;
Assembly::~Assembly() = default;

Result<std::unique_ptr<audit::AuditLog>> open_log(Files& files, const std::string& state, const std::string& name) {
  std::string dir = state + "/audit";
  FOVEA_TRY(audit::SigningKey key, audit::open_or_make_key(dir, name));
  return audit::AuditLog::create(files, dir, std::move(key));
}

Result<std::unique_ptr<Assembly>> Assembly::create(const Options& options) {
  auto assembly = std::unique_ptr<Assembly>(new Assembly());
  FOVEA_TRY(assembly->flow, file::load_flow(assembly->files, options.flow_path));
  assembly->state = state_dir(options.state, options.flow_path);
  if (options.state_by_name && !options.state.empty()) assembly->state += "/" + assembly->flow.name;
  // Everything that may be wrong with the flow comes first: a folder is made only for a flow that can run.
  if (options.with_source) FOVEA_OK(assembly->open_source(options));
  FOVEA_OK(assembly->open_effectors());
  FOVEA_OK(assembly->open_state(options));
  assembly->remote = std::make_unique<RemoteRungs>(assembly->files, assembly->clock);
  auto open_model = [&warnings = assembly->flow.warnings, &remote = *assembly->remote, served = options.served](
                        const file::Rung& rung, const file::Sure& sure) {
    if (rung.kind == file::Rung::Kind::kRemote) return remote.open(rung, sure);
    if (served != nullptr && !rung.model_is_folder) return open_served_rung(rung, sure, *served);
    return open_model_rungs(rung, sure, warnings);
  };
  FOVEA_TRY(assembly->journey, flow::Journey::create(assembly->flow, {assembly->clock, open_model, assembly->secret}));
  if (options.writer && options.with_source) {
    FOVEA_OK(assembly->journey->restore(*assembly->store));
    FOVEA_TRY(std::string cursor, assembly->store->cursor(assembly->flow.source.name));
    if (!cursor.empty()) FOVEA_OK(assembly->source->resume(cursor));
  }
  return assembly;
}

Result<void> Assembly::open_state(const Options& options) {
  FOVEA_TRY(store, store::Store::create({state, !options.writer, "", flow.name}));
  FOVEA_TRY(secret, open_or_make_secret(state));
  if (!options.writer) return {};
  FOVEA_TRY(reader, store::Store::create({state, true, "", flow.name}));
  FOVEA_TRY(log, open_log(files, state, "fovea/" + flow.name));
  return {};
}

Result<void> Assembly::open_effectors() {
  std::set<std::string> allowed(flow.environment.begin(), flow.environment.end());
  secrets = std::make_unique<act::Secrets>(act::Secrets::process_environment(), files, std::move(allowed));
  FOVEA_OK(secrets->check());
  effectors.add(act::make_append_file(files));
  effectors.add(act::make_move_file(files));
  effectors.add(act::make_http_call(*secrets));
  effectors.add(act::make_send_mail(*secrets, clock));
  return {};
}

Result<void> Assembly::open_source(const Options& options) {
  if (flow.source.kind == file::Source::Kind::kHttp) {
    source = std::make_unique<connectors::HttpSource>(flow.source.name);
    return {};
  }
  bool by_format = flow.source.kind == file::Source::Kind::kStdin;
  auto opened =
      connectors::open_source(connector_kind(flow.source.kind), by_format ? flow.source.format : flow.source.path,
                              {flow.source.name, options.once}, files);
  if (!opened) return std::unexpected(opened.error());
  source = std::move(*opened);
  return {};
}

}  // namespace fovea::assemble
