#include "door/cli/serve.h"

#include <fmt/format.h>

#include <memory>

#include "base/time_text.h"
#include "door/assemble/model_door.h"
#include "door/assemble/models_file.h"
#include "door/cli/http_options.h"
#include "door/cli/model_service.h"
#include "door/cli/output.h"

namespace fovea::cli {
namespace {

struct ServeOptions {
  std::vector<std::string> models;  // NAME=PLACE
  std::vector<std::string> flows;
  std::string state, models_dir, models_file, precision, deadline = "10s", drain = "25s";
  std::string cache, model_cache, refresh;
  bool schema = false;
  assemble::HttpDoor http;
  std::string grpc;  // HOST:PORT
  int threads = 0;
  int64_t graph_memory_mib = 0;
  bool json = false;
};

Result<void> take_models(const ServeOptions& options, assemble::ModelDoorOptions& door) {
  if (!options.models_file.empty()) {
    RealFiles files;
    FOVEA_TRY(assemble::ModelsFile file, assemble::read_models_file(files, options.models_file));
    door.models.models = std::move(file.models);
    door.models.cache_bytes = file.cache_bytes;
    door.refresh = file.refresh;
    door.rollouts.plans = std::move(file.plans);
    door.rollouts.state_file = std::move(file.state_file);
  }
  for (const std::string& text : options.models) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
      return fail(Code::kInvalidArgument, fmt::format("'{}' is not NAME=DIR", text), "--model",
                  "write --model intents=./models/intents");
    door.models.models.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  if (door.models.models.empty() && options.models_dir.empty() && options.flows.empty())
    return fail(Code::kInvalidArgument, "neither a model nor a flow is given", "",
                "--model NAME=DIR, --models DIR with a folder for each model, --models-file FILE, or a flow file");
  door.flows = options.flows;
  door.state = options.state;
  door.models.models_dir = options.models_dir;
  return {};
}

Result<assemble::ModelDoorOptions> door_options(const ServeOptions& options) {
  assemble::ModelDoorOptions door;
  FOVEA_OK(take_models(options, door));
  FOVEA_TRY(door.models.load, models::parse_load_options(options.precision));
  FOVEA_TRY(door.models.deadline, parse_duration(options.deadline));
  if (!options.refresh.empty()) {
    FOVEA_TRY(door.refresh, parse_duration(options.refresh));
  }
  if (!options.cache.empty()) {
    FOVEA_TRY(door.models.cache_bytes, assemble::bytes_of_text(options.cache, "--cache"));
  }
  door.cache_folder = options.model_cache;
  door.models.schedule.workers = options.threads;
  door.graph_memory_max = static_cast<size_t>(options.graph_memory_mib) << 20;
  door.http = options.http;
  door.grpc = options.grpc;
  return door;
}

int run_serve(const ServeOptions& options) {
  if (options.schema) {
    fmt::print("{}", assemble::models_schema());
    return kDone;
  }
  auto chosen = door_options(options);
  if (!chosen) return report(chosen.error(), options.json);
  const auto grace = parse_duration(options.drain);
  if (!grace) return report(grace.error(), options.json);
  return serve_until_told(std::move(*chosen), *grace, options.json);
}

}  // namespace

void add_serve_command(CLI::App& app, std::function<int()>& chosen) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App* serve = app.add_subcommand(
      "serve",
      "Has models answer over HTTP: KServe v2 and v1, OpenAI, TEI and others (docs/guide/serving.md), and flows "
      "decide (docs/guide/deciding.md)");
  serve->add_option("flow", options->flows, "Flow files with source: { http: NAME }: POST /v1/decide/NAME");
  serve->add_option("--state", options->state,
                    "A folder in which each flow's state lives by its name (default: .fovea beside the flow)");
  serve->add_option("--model", options->models,
                    "NAME=DIR: a Hugging Face folder, a packed model, or DIR/1, DIR/2, ... of which the alias prod "
                    "or else the highest serves; or an address: hf://ORG/NAME[@REVISION], mlflow://MODEL@ALIAS, "
                    "s3://BUCKET/PREFIX; NAME=onnxruntime:PLACE or openvino:PLACE: a graph (docs/guide/graphs.md); "
                    "NAME=FILE.yaml: a model of another service (docs/guide/remote-models.md); "
                    "NAME=null answers at once, to measure the server");
  serve->add_option("--models", options->models_dir, "A folder with a folder for each model");
  serve->add_option("--models-file", options->models_file,
                    "A file that declares models, shadows and canaries (docs/formats/models.md)");
  serve->add_flag("--models-schema", options->schema, "Print the JSON Schema of models files, for editors");
  serve->add_option("--cache", options->cache, "Keep answers to exactly the same tokens, so many bytes (64MiB)");
  serve->add_option("--model-cache", options->model_cache,
                    "Where pulled models are kept (default: FOVEA_CACHE, or the user's cache folder)");
  serve->add_option("--refresh", options->refresh, "How often to look where names and aliases point (default: never)");
  add_http_options(*serve, options->http, "HOST:PORT to listen on (default 127.0.0.1:8080; port 0: any free one)");
  serve->add_option("--grpc", options->grpc,
                    "HOST:PORT to answer gRPC on: KServe v2, TEI, health, reflection (docs/guide/inference-grpc.md)");
  serve->add_option("--precision", options->precision, "fp32, bf16, int8, or auto: the fastest that may serve")
      ->check(CLI::IsMember({"auto", "fp32", "bf16", "int8"}));
  serve->add_option("--threads", options->threads, "Threads that compute (0: all processors)")
      ->check(CLI::Range(0, 1024));
  serve
      ->add_option("--graph-memory", options->graph_memory_mib,
                   "MiB that all graphs in ONNX Runtime may take (default: what is left when the first is loaded)")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 30));
  serve->add_option("--deadline", options->deadline, "Of requests that bring none (default 10s)");
  serve->add_option("--drain", options->drain, "How long a stop waits for what is under way (default 25s)");
  serve->add_flag("--json", options->json, "Errors as JSON, too");
  serve->callback([options, &chosen] { chosen = [options] { return run_serve(*options); }; });
}

}  // namespace fovea::cli
