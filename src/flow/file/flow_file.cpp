#include "flow/file/flow_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.h"
#include "base/yaml/limits.h"
#include "flow/file/act_reader.h"
#include "flow/file/reader.h"
#include "flow/file/step_reader.h"

namespace fovea::file {
namespace {

using expr::Kind;
using expr::Type;

Result<Source> read_source(Reader& in, const Yaml& node, const expr::Environment& environment) {
  constexpr std::string_view kKinds[] = {"mail", "mbox", "jsonl", "csv", "stdin", "folder", "http"};
  const Shape& form = shape("source");
  FOVEA_OK(in.check_keys(node, form));
  const auto& [kind, where] = Reader::kind_of(node, form);
  Source out;
  out.kind = static_cast<Source::Kind>(std::ranges::find(kKinds, kind) - std::begin(kKinds));
  FOVEA_TRY(std::string written, in.text(where, kind));
  out.name = kind + ":" + written;
  if (out.kind == Source::Kind::kStdin) {
    FOVEA_OK(in.choice(where, kind, form.find("stdin")->choices));
    out.format = written;
  } else if (out.kind == Source::Kind::kHttp) {
    FOVEA_TRY(out.path, in.name(where, kind));
  } else {
    out.path = in.joined(written);
  }
  if (const Yaml* format = node.find("format")) {
    if (out.kind != Source::Kind::kFolder) return in.bad(format->place, "'format' is for a watched folder only");
    FOVEA_OK(in.choice(*format, "format", form.find("format")->choices));
    out.format = format->text;
  } else if (out.kind == Source::Kind::kFolder) {
    out.format = "mail";
  }
  if (const Yaml* each = node.find("id")) {
    FOVEA_TRY(out.id, in.expression(*each, environment, "id"));
  }
  if (const Yaml* each = node.find("key")) {
    FOVEA_TRY(out.key, in.expression(*each, environment, "key"));
  }
  if (const Yaml* each = node.find("time")) {
    FOVEA_TRY(out.time, in.expression(*each, environment, "time"));
  }
  if (const Yaml* each = node.find("dedupe")) {
    FOVEA_TRY(out.dedupe, in.duration_or_forever(*each, "dedupe"));
  }
  if (const Yaml* each = node.find("lateness")) {
    FOVEA_TRY(out.lateness, in.duration(*each, "lateness"));
  }
  if (const Yaml* each = node.find("poll")) {
    FOVEA_TRY(out.poll, in.duration(*each, "poll"));
  }
  return out;
}

Result<void> read_settings(Reader& in, const Yaml& root, FlowFile& out) {
  if (const Yaml* keep = root.find("keep")) {
    FOVEA_OK(in.check_keys(*keep, shape("keep")));
    if (const Yaml* each = keep->find("payloads")) {
      FOVEA_TRY(out.keep.payloads, in.duration_or_forever(*each, "payloads"));
    }
  }
  if (const Yaml* cost = root.find("cost")) {
    FOVEA_OK(in.check_keys(*cost, shape("cost")));
    for (const auto& [name, value] : cost->members) {
      if (name == "currency") {
        FOVEA_TRY(out.cost.currency, in.name(value, name));
      } else {
        FOVEA_TRY(out.cost.rungs[name], in.number(value, name));
      }
    }
  }
  if (const Yaml* limits = root.find("limits")) {
    constexpr int64_t kMost = 1'000'000;
    FOVEA_OK(in.check_keys(*limits, shape("limits")));
    if (const Yaml* each = limits->find("event_bytes")) {
      FOVEA_TRY(out.limits.event_bytes, in.bytes(*each, "event_bytes"));
    }
    if (const Yaml* each = limits->find("in_flight")) {
      FOVEA_TRY(int64_t count, in.whole(*each, "in_flight", 1, kMost));
      out.limits.in_flight = static_cast<size_t>(count);
    }
    if (const Yaml* each = limits->find("batch")) {
      FOVEA_TRY(int64_t count, in.whole(*each, "batch", 1, kMost));
      out.limits.batch = static_cast<size_t>(count);
    }
  }
  return {};
}

// Names that nothing reads are a slip of the pen more often than not.
void warn_of_unused(Reader& in, const FlowFile& flow) {
  auto read = [&](const std::string& name) {
    return std::ranges::any_of(in.reads(),
                               [&](const std::string& path) { return path == name || path.starts_with(name + "."); });
  };
  for (const Step& step : flow.steps) {
    std::string where = where_of(in.file(), step.place);
    if (const auto* window = std::get_if<Window>(&step.what)) {
      for (const Feature& each : window->keep) {
        std::string path = window->as + "." + each.name;
        if (!read(path) && !in.reads().contains(window->as))
          in.warnings().push_back({where, fmt::format("nothing reads '{}'", path)});
      }
    }
    if (const auto* score = std::get_if<Score>(&step.what); score && !read(score->as)) {
      in.warnings().push_back({where, fmt::format("nothing reads '{}'", score->as)});
    }
  }
  if (flow.act.empty()) in.warnings().push_back({in.file(), "no effects: decisions are recorded and nothing is done"});
}

}  // namespace

std::string_view action_name(Action::Kind kind) {
  constexpr std::string_view kNames[] = {"append", "move", "http", "mail"};
  return kNames[static_cast<size_t>(kind)];
}

Result<FlowFile> parse_flow(Files& files, const std::string& path, std::string_view text) {
  FOVEA_TRY(Yaml root, parse_yaml(path, text));
  Reader in(files, path);
  FOVEA_OK(in.check_keys(root, shape("flow")));
  FlowFile out;
  out.path = path;
  out.folder = in.folder();
  FOVEA_TRY(out.name, in.name(*root.find("flow"), "flow"));
  FOVEA_TRY(out.version, in.whole(*root.find("version"), "version", 1, 1'000'000'000));
  expr::Environment environment;
  environment.set("event", Kind::kDyn);
  FOVEA_TRY(out.source, read_source(in, *root.find("source"), environment));
  FOVEA_TRY(out.steps, read_steps(in, *root.find("steps"), environment));
  if (const Yaml* act = root.find("act")) {
    FOVEA_TRY(out.act, read_effects(in, *act, out.source, environment));
  }
  FOVEA_OK(read_settings(in, root, out));
  warn_of_unused(in, out);
  std::string digested(text);
  for (const std::string& each : in.table_digests()) digested += '\0' + each;
  out.flow_digest = to_hex(bytes_of(sha256(digested)));
  out.warnings = std::move(in.warnings());
  out.environment.assign(in.variables().begin(), in.variables().end());
  out.tables = in.tables();
  return out;
}

Result<FlowFile> load_flow(Files& files, const std::string& path) {
  FOVEA_TRY(std::string text, files.read(path, 0, kYamlBytesMax + 1));
  return parse_flow(files, path, text);
}

}  // namespace fovea::file
