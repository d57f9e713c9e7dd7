#include "flow/file/act_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "flow/file/limits.h"

namespace fovea::file {
namespace {

using expr::Kind;
using expr::Template;
using Members = std::vector<std::pair<std::string, Template>>;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

// Headers whose value opens a door.
bool secret_header(std::string_view name) {
  std::string plain = lower(name);
  for (std::string_view part : {"authorization", "token", "secret", "password", "api-key", "apikey", "cookie"}) {
    if (plain.find(part) != std::string::npos) return true;
  }
  return false;
}

// "https://user:word@host" with the word written out.
bool literal_password(std::string_view url) {
  size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return false;
  std::string_view authority = url.substr(scheme + 3);
  authority = authority.substr(0, authority.find('/'));
  size_t at = authority.rfind('@');
  if (at == std::string_view::npos) return false;
  std::string_view user = authority.substr(0, at);
  size_t colon = user.find(':', user.starts_with("${") ? user.find('}') : 0);
  return colon != std::string_view::npos && !user.substr(colon + 1).starts_with("${");
}

Result<Template> read_url(Reader& in, const Yaml& node, const expr::Environment& environment, std::string_view what) {
  if (literal_password(node.text)) {
    return in.bad(node.place, fmt::format("'{}' holds a password", what),
                  "put it into the environment and write ${NAME}");
  }
  FOVEA_TRY(Template out, in.text_template(node, environment, what, Template::Guard::kUrl, true));
  bool http = node.text.starts_with("http://") || node.text.starts_with("https://") || node.text.starts_with("${");
  bool smtp = node.text.starts_with("smtp://") || node.text.starts_with("smtps://") || node.text.starts_with("${");
  if (what == "smtp" ? !smtp : !http) {
    return in.bad(node.place, fmt::format("'{}' is no url that can be called", node.text),
                  what == "smtp" ? "smtp://host:port or smtps://host:port" : "http://..., https://... or ${NAME}/...");
  }
  return out;
}

Result<Template> read_headers(Reader& in, const Yaml& node, const expr::Environment& environment) {
  if (node.kind != Yaml::Kind::kMap) return in.bad(node.place, "'headers' maps names to texts");
  Members members;
  for (const auto& [name, value] : node.members) {
    bool token = !name.empty() && std::ranges::all_of(name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
    if (!token) return in.bad(value.place, fmt::format("'{}' is no name of a header", name));
    FOVEA_TRY(Template made, in.text_template(value, environment, name, Template::Guard::kLine, true));
    if (secret_header(name) && made.variables().empty()) {
      return in.bad(value.place, fmt::format("the header '{}' holds a secret", name),
                    "put it into the environment and write \"${NAME}\"");
    }
    members.emplace_back(name, std::move(made));
  }
  return Template::object(std::move(members));
}

Result<Action> read_http(Reader& in, const Yaml& node, const expr::Environment& environment) {
  const Shape& form = shape("http");
  FOVEA_OK(in.check_keys(node, form));
  const auto& [method, url] = Reader::kind_of(node, form);
  FOVEA_TRY(Template filled, read_url(in, url, environment, method));
  std::string upper = method;
  for (char& c : upper) c = static_cast<char>(c - ('a' - 'A'));
  Members members{{"method", Template::literal(Json(upper))}, {"url", std::move(filled)}};
  if (const Yaml* headers = node.find("headers")) {
    FOVEA_TRY(Template made, read_headers(in, *headers, environment));
    members.emplace_back("headers", std::move(made));
  }
  if (const Yaml* body = node.find("body")) {
    if (method == "get") return in.bad(body->place, "a get has no body");
    FOVEA_TRY(Template made, in.tree(*body, environment));
    members.emplace_back("body", std::move(made));
  }
  return Action{Action::Kind::kHttp, Template::object(std::move(members))};
}

Result<Action> read_mail(Reader& in, const Yaml& node, const expr::Environment& environment) {
  FOVEA_OK(in.check_keys(node, shape("mail")));
  Members members;
  for (std::string_view key : {"to", "from", "subject", "text"}) {
    auto guard = key == "text" ? Template::Guard::kNone : Template::Guard::kLine;
    FOVEA_TRY(Template made, in.text_template(*node.find(key), environment, key, guard, false));
    members.emplace_back(key, std::move(made));
  }
  FOVEA_TRY(Template smtp, read_url(in, *node.find("smtp"), environment, "smtp"));
  members.emplace_back("smtp", std::move(smtp));
  return Action{Action::Kind::kMail, Template::object(std::move(members))};
}

Result<Action> read_action(Reader& in, const Yaml& node, const Shape& form, const Source& source,
                           const expr::Environment& environment) {
  const auto& [kind, value] = Reader::kind_of(node, form);
  const Yaml* body = node.find("body");
  if (body && kind != "append") {
    return in.bad(body->place, "'body' here is append's",
                  kind == "http" ? "put it inside http: { post: ..., body: ... }" : "");
  }
  if (kind == "append") {
    if (!body) return in.bad(node.place, "append without 'body'", "as in body: { id: event.id }");
    FOVEA_TRY(Template path, in.text_template(value, environment, "append", Template::Guard::kPath, false));
    FOVEA_TRY(Template made, in.tree(*body, environment));
    Members members{{"path", std::move(path)}, {"body", std::move(made)}};
    return Action{Action::Kind::kAppend, Template::object(std::move(members))};
  }
  if (kind == "move") {
    bool files = source.kind == Source::Kind::kMail || source.kind == Source::Kind::kFolder;
    if (!files) return in.bad(value.place, "only events of a mail or folder source can be moved");
    FOVEA_TRY(Template to, in.text_template(value, environment, "move", Template::Guard::kPath, false));
    Members members{{"to", std::move(to)}};
    return Action{Action::Kind::kMove, Template::object(std::move(members))};
  }
  return kind == "http" ? read_http(in, value, environment) : read_mail(in, value, environment);
}

Result<Retry> read_retry(Reader& in, const Yaml& node) {
  FOVEA_OK(in.check_keys(node, shape("retry")));
  Retry out;
  if (const Yaml* each = node.find("attempts")) {
    FOVEA_TRY(int64_t attempts, in.whole(*each, "attempts", 1, 100));
    out.attempts = static_cast<int>(attempts);
  }
  if (const Yaml* each = node.find("backoff")) {
    FOVEA_TRY(out.backoff, in.duration(*each, "backoff"));
  }
  if (const Yaml* each = node.find("backoff_max")) {
    FOVEA_TRY(out.backoff_max, in.duration(*each, "backoff_max"));
  }
  if (out.backoff > out.backoff_max) return in.bad(node.place, "'backoff' is above 'backoff_max'");
  return out;
}

Result<EffectSpec> read_effect(Reader& in, const Yaml& name_item, const Source& source,
                               const expr::Environment& environment) {
  if (name_item.kind != Yaml::Kind::kMap || name_item.members.size() != 1) {
    return in.bad(name_item.place, "an effect is one name and what it does",
                  "as in - note: { append: ./out.jsonl, body: ... }");
  }
  const auto& [name, node] = name_item.members.front();
  Yaml name_node;
  name_node.text = name;
  name_node.place = name_item.key_places.front();
  FOVEA_OK(in.name(name_node, "effect"));
  const Shape& form = shape("effect");
  FOVEA_OK(in.check_keys(node, form));
  FOVEA_TRY(Action action, read_action(in, node, form, source, environment));
  Yaml by_id;
  by_id.text = "event.id";
  const Yaml* key_node = node.find("key");
  FOVEA_TRY(expr::Expression key, in.expression(key_node ? *key_node : by_id, environment, "key"));
  EffectSpec out{.name = name,
                 .action = std::move(action),
                 .key = std::move(key),
                 .when = {},
                 .undo = {},
                 .retry = {},
                 .place = name_node.place};
  if (const Yaml* each = node.find("when")) {
    FOVEA_TRY(out.when, in.condition(*each, environment, "when"));
  }
  if (const Yaml* each = node.find("hold")) {
    FOVEA_TRY(out.hold, in.duration(*each, "hold"));
  }
  if (const Yaml* each = node.find("timeout")) {
    FOVEA_TRY(out.timeout, in.duration(*each, "timeout"));
  }
  if (const Yaml* each = node.find("retry")) {
    FOVEA_TRY(out.retry, read_retry(in, *each));
  }
  if (const Yaml* each = node.find("undo")) {
    expr::Environment with_outcome = environment;
    with_outcome.set("outcome", Kind::kDyn);
    FOVEA_OK(in.check_keys(*each, shape("undo")));
    FOVEA_TRY(out.undo, read_action(in, *each, shape("undo"), source, with_outcome));
  }
  return out;
}

}  // namespace

Result<std::vector<EffectSpec>> read_effects(Reader& in, const Yaml& node, const Source& source,
                                             const expr::Environment& environment) {
  if (node.kind != Yaml::Kind::kList || node.items.size() > kEffectsMax) {
    return in.bad(node.place, fmt::format("'act' is a list of at most {} effects", kEffectsMax));
  }
  std::vector<EffectSpec> out;
  for (const Yaml& item : node.items) {
    FOVEA_TRY(EffectSpec effect, read_effect(in, item, source, environment));
    if (std::ranges::any_of(out, [&](const EffectSpec& each) { return each.name == effect.name; })) {
      return in.bad(effect.place, fmt::format("a second effect '{}'", effect.name), "effects are known by their names");
    }
    out.push_back(std::move(effect));
  }
  return out;
}

}  // namespace fovea::file
