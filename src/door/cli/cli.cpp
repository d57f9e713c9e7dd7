#include "door/cli/cli.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "base/fault_point.h"
#include "base/version.h"
#include "door/cli/bench.h"
#include "door/cli/http_options.h"
#include "door/cli/look_commands.h"
#include "door/cli/model_commands.h"
#include "door/cli/output.h"
#include "door/cli/run.h"
#include "door/cli/serve.h"
#include "door/cli/tokenize.h"

namespace fovea::cli {
namespace {

void add_run(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* run =
      app.add_subcommand("run", "Run a flow: take events in, decide them, act, keep a proof of each decision");
  run->add_option("flow", options->flow, "The flow file")->required();
  run->add_flag("--once", options->once, "End when the sources are exhausted and the effects are settled");
  run->add_option("--state", options->state, "Where the state lives (default: .fovea beside the flow, or FOVEA_STATE)");
  run->add_flag("--quiet", options->quiet, "Show the summary only");
  run->add_flag("--json", options->json, "Print one JSON object as the last line of standard output");
  add_http_options(*run, options->http,
                   "HOST:PORT to listen on, for a flow with an http source (default 127.0.0.1:8080)");
  run->callback([options, &chosen] { chosen = [options] { return run_flow(*options); }; });
}

}  // namespace

int run_cli(int argc, char** argv) {
  if (const char* at = std::getenv("FOVEA_CRASH_AT")) arm_fault_points(std::strtoull(at, nullptr, 10));
  CLI::App app{"fovea: attention models that drive automated decisions, in time, undoable and provable"};
  app.set_version_flag("--version", fmt::format("fovea {}", kFoveaVersion));
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::help);
  Command chosen;
  add_run(app, chosen);
  add_model_commands(app, chosen);
  add_serve_command(app, chosen);
  add_look_commands(app, chosen);
  add_bench_commands(app, chosen);
  add_tokenize_command(app, chosen);
  if (argc < 2) {
    say(app.help());
    return kUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    int status = app.exit(error);
    return status == 0 ? kDone : kUsage;
  }
  int status = chosen ? chosen() : kUsage;
  if (std::getenv("FOVEA_CRASH_REPORT")) say(fmt::format("fault points passed: {}", fault_points_passed()));
  return status;
}

}  // namespace fovea::cli
