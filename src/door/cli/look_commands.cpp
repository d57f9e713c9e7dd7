#include "door/cli/look_commands.h"

#include <CLI/CLI.hpp>

#include "door/cli/audit.h"
#include "door/cli/dead.h"
#include "door/cli/decisions.h"
#include "door/cli/explain.h"
#include "door/cli/lint.h"
#include "door/cli/queue.h"
#include "door/cli/replay.h"
#include "door/cli/store.h"
#include "door/cli/undo.h"

namespace fovea::cli {
namespace {

constexpr const char* kStateHelp = "Where the state lives (default: .fovea beside the flow, or FOVEA_STATE)";
constexpr const char* kJsonHelp = "Print one JSON object as the last line of standard output";
constexpr const char* kFlowHelp = "The flow file whose state is meant (or name the state with --state)";
constexpr const char* kIdHelp = "An event's id, its first 6 letters, its file, or #NUMBER";

// A command with the options that all of them have.
template <typename Options>
CLI::App* add(CLI::App& app, const char* name, const char* what, const std::shared_ptr<Options>& options,
              Command& chosen, int (*run)(const Options&)) {
  CLI::App* command = app.add_subcommand(name, what);
  command->add_option("--state", options->state, kStateHelp);
  command->add_flag("--json", options->json, kJsonHelp);
  command->callback([options, &chosen, run] { chosen = [options, run] { return run(*options); }; });
  return command;
}

void add_decisions(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<DecisionsOptions>();
  CLI::App* list = add(app, "decisions", "List what was decided", options, chosen, &list_decisions);
  list->add_option("flow", options->flow, kFlowHelp);
  list->add_option("--limit", options->limit, "At most so many; 0: all (default: 200, with --json all)");
  list->add_option("--from", options->from, "From this number on")->capture_default_str();
  list->get_option("--json")->description("Print one JSON object a line");
}

void add_explain(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* explain =
      add(app, "explain", "Say why one decision fell as it did, and what was done", options, chosen, &explain_decision);
  explain->add_option("id", options->id, kIdHelp)->required();
  explain->add_option("flow", options->flow, kFlowHelp);
  explain->add_option("--lang", options->language, "en or zh")->capture_default_str();
}

void add_audit(CLI::App& app, Command& chosen) {
  CLI::App* audit = app.add_subcommand("audit", "Verify the log of all decisions, prove one, export it");
  audit->require_subcommand(1);
  auto verify = std::make_shared<AuditOptions>();
  add(*audit, "verify", "Check every entry, the root, its signature, and the kept decision behind each entry", verify,
      chosen, &verify_audit)
      ->add_option("flow", verify->flow, kFlowHelp);
  auto prove = std::make_shared<AuditOptions>();
  CLI::App* command = add(*audit, "prove", "Write a receipt for one decision that anybody can check offline", prove,
                          chosen, &prove_decision);
  command->add_option("id", prove->id, kIdHelp)->required();
  command->add_option("flow", prove->flow, kFlowHelp);
  command->add_option("-o,--out", prove->file, "The file to write (default: standard output)");
  auto check = std::make_shared<AuditOptions>();
  command = add(*audit, "check-receipt", "Check a receipt, with nothing but the log's public key", check, chosen,
                &check_receipt);
  command->add_option("receipt", check->file, "The receipt's file")->required();
  command->add_option("--key", check->key, "The log's key.pub (default: that of the state)");
  auto exported = std::make_shared<AuditOptions>();
  command = add(*audit, "export", "Copy the log, without its private key, for others to verify", exported, chosen,
                &export_audit);
  command->add_option("to", exported->to, "A folder that does not exist yet")->required();
  command->add_option("flow", exported->flow, kFlowHelp);
}

void add_store(CLI::App& app, Command& chosen) {
  CLI::App* store = app.add_subcommand("store", "Look after the kept state");
  store->require_subcommand(1);
  auto check = std::make_shared<StateOptions>();
  add(*store, "check", "Check that the kept state is sound: every count, digest and state", check, chosen, &check_store)
      ->add_option("flow", check->flow, kFlowHelp);
}

void add_dead(CLI::App& app, Command& chosen) {
  CLI::App* dead = app.add_subcommand("dead", "What could not be decided or done, with its cause");
  dead->require_subcommand(1);
  auto list = std::make_shared<DeadOptions>();
  CLI::App* command = add(*dead, "list", "List the dead letters", list, chosen, &list_dead);
  command->add_option("flow", list->flow, kFlowHelp);
  command->add_option("--limit", list->limit, "At most so many; 0: all")->capture_default_str();
  auto show = std::make_shared<DeadOptions>();
  command = add(*dead, "show", "Show one with what was kept of it", show, chosen, &show_dead);
  command->add_option("letter", show->letter, "Its number in the list")->required();
  command->add_option("flow", show->flow, kFlowHelp);
}

void add_queue(CLI::App& app, Command& chosen) {
  CLI::App* queue = app.add_subcommand("queue", "What waits for a person, and the person's answer");
  queue->require_subcommand(1);
  auto list = std::make_shared<QueueOptions>();
  CLI::App* command = add(*queue, "list", "List what waits, oldest first", list, chosen, &list_queue);
  command->add_option("flow", list->flow, kFlowHelp);
  command->add_option("--queue", list->queue, "Only this queue");
  command->add_flag("--all", list->all, "Answered ones too");
  auto show = std::make_shared<QueueOptions>();
  command = add(*queue, "show", "Show one: its text and what the models made of it", show, chosen, &show_queued);
  command->add_option("id", show->id, kIdHelp)->required();
  command->add_option("flow", show->flow, kFlowHelp);
  auto resolve = std::make_shared<QueueOptions>();
  command = add<QueueOptions>(
      *queue, "resolve",
      "Answer one: it is decided with your label, and its effects are done. Works beside a "
      "running flow",
      resolve, chosen, +[](const QueueOptions& o) { return resolve_queued(o); });
  command->add_option("flow", resolve->flow, "The flow file")->required();
  command->add_option("id", resolve->id, kIdHelp)->required();
  command->add_option("--label", resolve->label, "What it is")->required();
  command->add_option("--by", resolve->by, "Who says so (default: the user's name)");
}

void add_undo(CLI::App& app, Command& chosen) {
  auto undo = std::make_shared<UndoOptions>();
  CLI::App* command = add<UndoOptions>(
      app, "undo",
      "Take back what was done for one event, last effect first. Works beside a "
      "running flow",
      undo, chosen, +[](const UndoOptions& o) { return undo_event(o); });
  command->add_option("flow", undo->flow, "The flow file")->required();
  command->add_option("id", undo->id, kIdHelp)->required();
  command->add_flag("--dry-run", undo->dry_run, "Only say what would be done");
  command->add_option("--by", undo->by, "Who wants it (default: the user's name)");
  CLI::App* hold = app.add_subcommand("hold", "Effects that are held back for a while and can still be stopped");
  hold->require_subcommand(1);
  auto list = std::make_shared<HoldOptions>();
  add(*hold, "list", "List them, with the time left", list, chosen, &list_holds)
      ->add_option("flow", list->flow, kFlowHelp);
  auto cancel = std::make_shared<HoldOptions>();
  command = add<HoldOptions>(
      *hold, "cancel", "Stop one: it is never done. Works beside a running flow", cancel, chosen,
      +[](const HoldOptions& o) { return cancel_hold(o); });
  command->add_option("effect", cancel->effect, "Its number in the list")->required();
  command->add_option("flow", cancel->flow, kFlowHelp);
  command->add_option("--by", cancel->by, "Who wants it (default: the user's name)");
}

void add_replay(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<ReplayOptions>();
  CLI::App* replay = add(app, "replay",
                         "Decide kept events again, with the flow as it is now, and say what differs. Nothing is done "
                         "and nothing kept",
                         options, chosen, &replay_flow);
  replay->add_option("flow", options->flow, "The flow file; it may have changed since")->required();
  replay->add_option("--from", options->from, "From this number on")->capture_default_str();
  replay->add_option("--to", options->to, "Up to this number");
  replay->add_flag("--fail-on-difference", options->fail_on_difference, "Exit with 1 where anything differs");
}

void add_lint(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<LintOptions>();
  CLI::App* lint = app.add_subcommand("lint", "Check a flow file and its tables without running it");
  lint->add_option("flow", options->flow, "The flow file");
  lint->add_flag("--schema", options->schema, "Print the JSON Schema of flow files, for editors");
  lint->add_flag("--json", options->json, kJsonHelp);
  lint->callback([options, &chosen] { chosen = [options] { return lint_flow(*options); }; });
}

}  // namespace

void add_look_commands(CLI::App& app, Command& chosen) {
  add_decisions(app, chosen);
  add_explain(app, chosen);
  add_queue(app, chosen);
  add_dead(app, chosen);
  add_undo(app, chosen);
  add_replay(app, chosen);
  add_audit(app, chosen);
  add_store(app, chosen);
  add_lint(app, chosen);
}

}  // namespace fovea::cli
