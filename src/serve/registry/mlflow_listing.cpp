// An MLflow registry (REST 2.0): an alias or version leads to where its files lie: with the server itself
// (mlflow-artifacts) or in a store (s3). Server and credentials as its clients take them: MLFLOW_REGISTRY_URI or
// MLFLOW_TRACKING_URI; MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.
#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "base/digest.h"
#include "base/json.h"
#include "serve/fetch/uri.h"
#include "serve/registry/limits.h"
#include "serve/registry/listing.h"

namespace fovea::registry {
namespace {

using fetch::percent_encoded;

struct Server {
  std::string url;
  fetch::Headers secrets;
  fetch::HttpFetch& http;
  std::string where;

  Result<Json> get(const std::string& path) const {
    fetch::HttpRequest request;
    request.url = url + path;
    request.secrets = secrets;
    request.timeout = kListingTimeout;
    FOVEA_TRY(const fetch::HttpReply reply, http.fetch(request));
    auto json = parse_json(reply.body);
    if (reply.status != 200)
      return std::unexpected(refused(reply, where, json ? std::string(text_or(member(*json, "message"), "")) : ""));
    if (!json)
      return fail(Code::kInvalidArgument, "the server's answer is no JSON", where, "is MLFLOW_TRACKING_URI a server?");
    return std::move(*json);
  }
};

Result<Server> server_of(const ModelAddress& address, fetch::HttpFetch& http, const Variable& variable) {
  auto url = variable("MLFLOW_REGISTRY_URI");
  if (!url || url->empty()) url = variable("MLFLOW_TRACKING_URI");
  if (!url || url->empty())
    return fail(Code::kInvalidArgument, "no MLflow server is known", address.text,
                "set MLFLOW_TRACKING_URI to its http:// or https:// address");
  while (url->ends_with('/')) url->pop_back();
  Server out{*url, {}, http, address.text};
  if (const auto token = variable("MLFLOW_TRACKING_TOKEN"); token && !token->empty()) {
    out.secrets = {{"Authorization", "Bearer " + *token}};
  } else if (const auto user = variable("MLFLOW_TRACKING_USERNAME"); user && !user->empty()) {
    const std::string pair = *user + ":" + variable("MLFLOW_TRACKING_PASSWORD").value_or("");
    out.secrets = {{"Authorization", "Basic " + to_base64(pair)}};
  }
  return out;
}

// "mlflow-artifacts:/0/RUN/artifacts/model" → "0/RUN/artifacts/model". Another server than the one that was asked is
// not: it would be given the credentials.
Result<std::string> artifact_path(const Server& server, std::string_view uri) {
  constexpr std::string_view kScheme = "mlflow-artifacts:";
  std::string_view rest = uri.substr(std::min(kScheme.size(), uri.size()));
  if (rest.starts_with("//")) {
    rest.remove_prefix(2);
    const std::string_view authority = rest.substr(0, rest.find('/'));
    FOVEA_TRY(const fetch::Uri asked, fetch::parse_uri(server.url));
    if (!authority.empty() && authority != asked.authority)
      return fail(Code::kPermissionDenied, fmt::format("its files lie with another server, '{}'", authority),
                  server.where, "ask that one: MLFLOW_TRACKING_URI");
    rest.remove_prefix(authority.size());
  }
  while (rest.starts_with('/')) rest.remove_prefix(1);
  return std::string(rest);
}

// Every file below `root`, folder by folder.
Result<std::vector<RemoteFile>> list_artifacts(const Server& server, const std::string& root) {
  std::vector<RemoteFile> out;
  std::deque<std::string> folders{""};
  size_t pages = 0;
  while (!folders.empty()) {
    const std::string folder = std::move(folders.front());
    folders.pop_front();
    if (++pages > kFilesMax)
      return fail(Code::kResourceExhausted, fmt::format("more than {} folders", kFilesMax), server.where);
    const std::string path = folder.empty() ? root : root + "/" + folder;
    FOVEA_TRY(const Json json, server.get("/api/2.0/mlflow-artifacts/artifacts?path=" + percent_encoded(path)));
    const auto* files = member(json, "files").if_array();
    if (!files) continue;  // an empty folder
    for (const Json& each : *files) {
      std::string name(text_or(member(each, "path"), ""));
      name = name.substr(name.rfind('/') + 1);  // some servers give the whole path, others the last part
      RemoteFile file;
      file.path = folder.empty() ? name : folder + "/" + name;
      file.remote = root + "/" + file.path;
      if (member(each, "is_dir").is_bool() && member(each, "is_dir").get_bool()) {
        folders.push_back(file.path);
        continue;
      }
      if (const auto* bytes = member(each, "file_size").if_int64(); bytes && *bytes >= 0)
        file.bytes = static_cast<uint64_t>(*bytes);
      out.push_back(std::move(file));
      if (out.size() > kFilesMax)
        return fail(Code::kResourceExhausted, fmt::format("more than {} files", kFilesMax), server.where,
                    "give the address of one model");
    }
  }
  return out;
}

// MLflow's "transformers" flavour keeps a model under model/ and its tokenizer under components/tokenizer/: they are
// laid into one folder, as Hugging Face's loaders save them.
void lay_flat(std::vector<RemoteFile>& files) {
  const auto has = [&](std::string_view path) {
    return std::ranges::any_of(files, [&](const RemoteFile& file) { return file.path == path; });
  };
  if (!has("MLmodel") || has("config.json") || !has("model/config.json")) return;
  for (RemoteFile& file : files)
    for (std::string_view folder : {"model/", "components/tokenizer/"})
      if (file.path.starts_with(folder) && !has(file.path.substr(folder.size()))) file.path.erase(0, folder.size());
}

}  // namespace

Result<Listing> list_mlflow(const ModelAddress& address, fetch::HttpFetch& http, const Variable& variable) {
  FOVEA_TRY(const Server server, server_of(address, http, variable));
  const std::string api = "/api/2.0/mlflow/", name = percent_encoded(address.name);
  std::string version = address.revision;
  if (!address.alias.empty()) {
    FOVEA_TRY(const Json found, server.get(fmt::format("{}registered-models/alias?name={}&alias={}", api, name,
                                                       percent_encoded(address.alias))));
    version = text_or(member(member(found, "model_version"), "version"), "");
  }
  if (!is_name(version)) return fail(Code::kInvalidArgument, "the server names no version", address.text);
  FOVEA_TRY(const Json place, server.get(fmt::format("{}model-versions/get-download-uri?name={}&version={}", api, name,
                                                     percent_encoded(version))));
  const std::string uri(text_or(member(place, "artifact_uri"), ""));
  Listing out;
  if (uri.starts_with("s3://")) {
    FOVEA_TRY(const ModelAddress store, parse_address(uri));
    FOVEA_TRY(out, list_s3(store, http, variable));
  } else if (uri.starts_with("mlflow-artifacts:")) {
    FOVEA_TRY(const std::string root, artifact_path(server, uri));
    FOVEA_TRY(out.files, list_artifacts(server, root));
    out.revision = to_hex(bytes_of(sha256(server.url + "\n" + address.name + "\n" + version + "\n" + uri)));
    out.request = [base = server.url + "/api/2.0/mlflow-artifacts/artifacts/",
                   secrets = server.secrets](const RemoteFile& file) -> Result<fetch::HttpRequest> {
      fetch::HttpRequest made;
      made.url = base + percent_encoded(file.remote, true);
      made.secrets = secrets;
      return made;
    };
  } else {
    return fail(Code::kUnimplemented, fmt::format("version {} lies at '{}'", version, uri.substr(0, 200)), address.text,
                "models are pulled from the server's own artifacts and from s3://; start it with --serve-artifacts");
  }
  out.version = version;
  lay_flat(out.files);
  return out;
}

}  // namespace fovea::registry
