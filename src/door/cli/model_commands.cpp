#include "door/cli/model_commands.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "door/cli/encode.h"
#include "door/cli/eval.h"
#include "door/cli/models_import.h"
#include "door/cli/models_cache.h"
#include "door/cli/models_registry.h"
#include "door/cli/models_verify.h"
#include "door/cli/output.h"
#include "door/cli/train.h"
#include "door/cli/try.h"

namespace fovea::cli {
namespace {

std::vector<std::string> precisions() {
  return {"fp32", "bf16", "int8"};
}

constexpr const char* kJsonHelp = "Print one JSON object as the last line of standard output";

void add_train(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App* train =
      app.add_subcommand("train", "Make a linear and an attention model, and a report, from one labelled table");
  train->add_option("table", options->table, "CSV or JSON Lines, UTF-8, one message a row")->required();
  train->add_option("--text", options->text, "The column that holds the text")->required();
  train->add_option("--label", options->label, "The column that holds the label")->required();
  train->add_option("--out", options->out, "The directory to write: models, manifest.json, report.html")->required();
  train->add_option("--base", options->base,
                    "A Hugging Face folder of the BERT family to fine-tune (default: from scratch)");
  train->add_option("--outside", options->outside, "The label of messages outside all others")->capture_default_str();
  train->add_option("--seed", options->seed, "The same seed gives the same models")->capture_default_str();
  train->add_option("--error-budget", options->error_budget, "Share of sure answers that may be wrong")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  train->add_option("--epochs", options->epochs, "Passes over the table (0: as its size asks for)")
      ->check(CLI::Range(0, 1000));
  train->add_option("--rate", options->rate, "Learning rate of the attention model (0: the default)");
  train->add_option("--threads", options->threads, "Threads (0: all processors)")->check(CLI::Range(0, 1024));
  train->add_flag("--linear-only", options->linear_only, "Make the linear model alone: seconds instead of minutes");
  train->add_flag("--json", options->json, kJsonHelp);
  train->callback([options, &chosen] { chosen = [options] { return run_train(*options); }; });
}

void add_models_import(CLI::App& models, Command& chosen) {
  auto options = std::make_shared<ModelsImportOptions>();
  CLI::App* import = models.add_subcommand(
      "import", "Make a folder that loads at once of a Hugging Face folder: packed weights, digests, golden outputs");
  import->add_option("folder", options->folder, "A Hugging Face folder of an encoder, or a directory of `fovea train`")
      ->required();
  import->add_option("--out", options->out,
                     "The folder to write; it is taken wherever a Hugging Face folder is (of a directory of `fovea "
                     "train`: DIR/attention-PRECISION, where flows find it)");
  import->add_option("--precision", options->precision, "Of the packed weights: fp32, bf16 or int8")
      ->capture_default_str();
  import->add_option("--source", options->source, "Where the model comes from, for manifest.json");
  import->add_option("--licence", options->licence, "Its licence, for manifest.json");
  import->add_flag("--json", options->json, kJsonHelp);
  import->callback([options, &chosen] { chosen = [options] { return run_models_import(*options); }; });
}

void add_models_verify(CLI::App& models, Command& chosen) {
  auto options = std::make_shared<ModelsVerifyOptions>();
  CLI::App* verify = models.add_subcommand(
      "verify", "Judge bf16 and int8 beside fp32 on texts of your own, and write which may serve (quality.json)");
  verify->add_option("model", options->directory, "A Hugging Face folder, an imported one, or one of `fovea train`")
      ->required();
  verify->add_option("table", options->table, "CSV or JSON Lines with --text, else a text a line; hundreds, UTF-8");
  verify->add_option("--text", options->text, "The column that holds the text");
  verify->add_option("--label", options->label, "The column that holds the label: adds accuracy and calibration error");
  verify->add_option("--threshold", options->thresholds, "A probability to act from; may be given several times")
      ->check(CLI::Range(0.0, 1.0));
  const CLI::Range share(0.0, 1.0);
  verify->add_option("--limit-agreement", options->limit_agreement, "Least share of the same labels (0.995)")
      ->check(share);
  verify->add_option("--limit-cosine", options->limit_cosine, "Least 1st percentile of cosines (0.99)")->check(share);
  verify->add_option("--limit-cosine-mean", options->limit_cosine_mean, "Least mean cosine (0.995)")->check(share);
  verify->add_option("--limit-flips", options->limit_flips, "Largest share of flips at each threshold (no limit)")
      ->check(share);
  verify->add_option("--reference", options->reference, "For imported folders: what they were imported from");
  verify->add_option("--threads", options->threads, "Threads (0: all processors)")->check(CLI::Range(0, 1024));
  verify->add_flag("--check", options->check, "Instead: digests and golden outputs of an imported folder");
  verify->add_flag("--json", options->json, kJsonHelp);
  verify->callback([options, &chosen] { chosen = [options] { return run_models_verify(*options); }; });
}

void add_models(CLI::App& app, Command& chosen) {
  CLI::App* models = app.add_subcommand("models", "Look after trained models");
  models->require_subcommand(1);
  auto options = std::make_shared<EvalOptions>();
  CLI::App* eval = models->add_subcommand("eval", "Judge a model that `fovea train` wrote on a labelled table");
  eval->add_option("model", options->directory, "The directory that `fovea train` wrote")->required();
  eval->add_option("table", options->table, "CSV or JSON Lines, UTF-8")->required();
  eval->add_option("--text", options->text, "The column that holds the text")->required();
  eval->add_option("--label", options->label, "The column that holds the label")->required();
  eval->add_option("--rung", options->rung, "Judge one rung (default: all)")
      ->check(CLI::IsMember({"linear", "attention", "cascade"}));
  eval->add_option("--precision", options->precision, "Of the attention model, whatever the verdict says")
      ->check(CLI::IsMember(precisions()))
      ->capture_default_str();
  eval->add_flag("--json", options->json, kJsonHelp);
  eval->callback([options, &chosen] { chosen = [options] { return run_models_eval(*options); }; });
  add_models_import(*models, chosen);
  add_models_verify(*models, chosen);
  add_models_registry(*models, chosen);
  add_models_cache(*models, chosen);
}

void add_try(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<TryOptions>();
  CLI::App* attempt = app.add_subcommand("try", "Ask a trained model about one text");
  attempt->add_option("model", options->directory, "The directory that `fovea train` wrote")->required();
  attempt->add_option("--text", options->text, "The text")->required();
  attempt->add_option("--precision", options->precision, "Of the attention model, where the verdict lets it")
      ->check(CLI::IsMember(precisions()))
      ->capture_default_str();
  attempt->add_flag("--json", options->json, kJsonHelp);
  attempt->callback([options, &chosen] { chosen = [options] { return run_try(*options); }; });
}

int encode_standard_input(const EncodeOptions& options, bool json) {
  std::ios::sync_with_stdio(false);
  auto done = run_encode(options, std::cin, std::cout);
  return done ? kDone : report(done.error(), json);
}

void add_encode(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<EncodeOptions>();
  auto json = std::make_shared<bool>(false);
  CLI::App* encode =
      app.add_subcommand("encode", "Embeddings or logits of texts, a line of standard input each, as JSON lines");
  encode->add_option("folder", options->folder, "A Hugging Face folder of an encoder (BERT and its kin)")->required();
  encode->add_option("--threads", options->workers, "Threads (0: all processors)")->check(CLI::Range(0, 1024));
  encode->add_option(
      "--precision", options->precision,
      "fp32, bf16, int8, or auto: the fastest that `fovea models verify` allowed (default: as the folder was "
      "imported, else fp32)");
  encode->add_flag("--pairs", options->pairs, "Lines are pairs of texts for a cross-encoder: FIRST<tab>SECOND");
  encode->add_flag("--ids", options->ids,
                   "Lines are token ids of a tokenizer of your own, special ones included, and token types behind a "
                   "bar: 101 2023 102 | 0 0 0");
  encode->add_flag("--focus", options->focus, "Add the focus map: [[begin, end, weight], ...]");
  encode->add_flag("--json", *json, "The answers are JSON lines in any case; errors too with this flag");
  encode->callback(
      [options, json, &chosen] { chosen = [options, json] { return encode_standard_input(*options, *json); }; });
}

}  // namespace

void add_model_commands(CLI::App& app, Command& chosen) {
  add_train(app, chosen);
  add_models(app, chosen);
  add_try(app, chosen);
  add_encode(app, chosen);
}

}  // namespace fovea::cli
