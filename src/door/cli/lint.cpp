#include "door/cli/lint.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/files.h"
#include "door/cli/output.h"
#include "flow/file/flow_file.h"

namespace fovea::cli {
namespace {

// What the file may name and is not there yet: a model that is still to be trained, an inbox that is still to come.
void add_missing(const file::FlowFile& flow, std::vector<file::Warning>& warnings) {
  std::error_code error;
  for (const file::Step& step : flow.steps) {
    const auto* score = std::get_if<file::Score>(&step.what);
    if (score == nullptr) continue;
    for (const file::Rung& rung : score->ladder) {
      if (rung.kind != file::Rung::Kind::kModel || !rung.model_is_folder) continue;
      if (std::filesystem::exists(rung.model, error)) continue;
      warnings.push_back(
          {fmt::format("{}:{}:{}", flow.path, rung.place.line, rung.place.column),
           fmt::format("there is no model at {} yet: fovea train TABLE --out {}", rung.model, rung.model)});
    }
  }
  using Kind = file::Source::Kind;
  bool from_disk = flow.source.kind != Kind::kStdin && flow.source.kind != Kind::kHttp;
  if (from_disk && !std::filesystem::exists(flow.source.path, error))
    warnings.push_back({flow.path, fmt::format("there is nothing at {} yet", flow.source.path)});
}

}  // namespace

int lint_flow(const LintOptions& options) {
  if (options.schema) {
    fmt::print("{}\n", file::flow_schema());
    return kDone;
  }
  if (options.flow.empty())
    return report({Code::kInvalidArgument, "which flow?", "", "fovea lint FLOW, or fovea lint --schema"}, options.json);
  RealFiles files;
  auto flow = file::load_flow(files, options.flow);
  if (!flow) {
    const Error& error = flow.error();
    say("fovea: " + error.text());
    if (options.json) {
      JsonObject fault{{"where", error.where}, {"message", error.message}, {"hint", error.hint}};
      answer(JsonObject{{"ok", false}, {"errors", JsonArray{std::move(fault)}}, {"warnings", JsonArray()}});
    }
    return kUsage;
  }
  std::vector<file::Warning> warnings = flow->warnings;
  add_missing(*flow, warnings);
  JsonArray list;
  for (const file::Warning& warning : warnings) {
    say(fmt::format("warning: {}: {}", warning.where, warning.message));
    list.push_back(JsonObject{{"where", warning.where}, {"message", warning.message}});
  }
  say(fmt::format("{} version {}: {} steps, {} effects, {}", flow->name, flow->version, flow->steps.size(),
                  flow->act.size(), warnings.empty() ? "no faults" : fmt::format("{} warnings", warnings.size())));
  if (options.json) {
    answer(JsonObject{{"ok", true},
                      {"flow", flow->name},
                      {"version", flow->version},
                      {"digest", flow->flow_digest},
                      {"errors", JsonArray()},
                      {"warnings", std::move(list)}});
  }
  return kDone;
}

}  // namespace fovea::cli
