// A Hugging Face hub: GET /api/models/ID/revision/REVISION?blobs=true says commit and files, /ID/resolve/COMMIT/PATH
// gives them (large ones by a redirect). Endpoint and token as its clients take them: HF_ENDPOINT, HF_TOKEN.
#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "serve/fetch/uri.h"
#include "serve/registry/limits.h"
#include "serve/registry/listing.h"

namespace fovea::registry {
namespace {

using fetch::percent_encoded;

constexpr const char* kHub = "https://huggingface.co";

std::string said(const fetch::HttpReply& reply) {
  if (const auto message = reply.header("x-error-message"); !message.empty()) return std::string(message);
  const auto json = parse_json(reply.body);
  return json ? std::string(text_or(member(*json, "error"), "")) : "";
}

bool is_hex(std::string_view text, size_t letters) {
  return text.size() == letters &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Result<RemoteFile> file_of(const Json& sibling, const std::string& where) {
  RemoteFile file;
  file.path = text_or(member(sibling, "rfilename"), "");
  file.remote = file.path;
  const Json& lfs = member(sibling, "lfs");
  const Json& size = lfs.is_object() ? member(lfs, "size") : member(sibling, "size");
  if (const auto* bytes = size.if_int64(); bytes && *bytes >= 0) file.bytes = static_cast<uint64_t>(*bytes);
  if (const auto* bytes = size.if_uint64()) file.bytes = *bytes;
  if (lfs.is_object()) {
    file.sha256 = text_or(member(lfs, "sha256"), "");
    if (!is_hex(file.sha256, 64))
      return fail(Code::kInvalidArgument, fmt::format("it lists '{}' without a SHA-256", file.path), where);
  } else if (const std::string_view blob = text_or(member(sibling, "blobId"), ""); is_hex(blob, 40)) {
    file.git_sha1 = blob;
  }
  return file;
}

}  // namespace

Result<Listing> list_hub(const ModelAddress& address, fetch::HttpFetch& http, const Variable& variable) {
  std::string endpoint = variable("HF_ENDPOINT").value_or(kHub);
  while (endpoint.ends_with('/')) endpoint.pop_back();
  fetch::HttpRequest request;
  if (const auto token = variable("HF_TOKEN"); token && !token->empty())
    request.secrets = {{"Authorization", "Bearer " + *token}};
  request.url = fmt::format("{}/api/models/{}/revision/{}?blobs=true", endpoint, percent_encoded(address.name, true),
                            percent_encoded(address.revision));
  request.timeout = kListingTimeout;
  request.follow_redirects = true;  // renamed models
  FOVEA_TRY(const fetch::HttpReply reply, http.fetch(request));
  if (reply.status != 200) return std::unexpected(refused(reply, address.text, said(reply)));
  const auto json = parse_json(reply.body);
  if (!json) return fail(Code::kInvalidArgument, "the hub's answer is no JSON", address.text, "is HF_ENDPOINT a hub?");
  Listing out;
  out.revision = text_or(member(*json, "sha"), "");
  const auto* siblings = member(*json, "siblings").if_array();
  if (!is_hex(out.revision, 40) || !siblings)
    return fail(Code::kInvalidArgument, "the hub names no commit or no files", address.text, "is HF_ENDPOINT a hub?");
  out.version = out.revision.substr(0, 12);
  for (const Json& sibling : *siblings) {
    FOVEA_TRY(RemoteFile file, file_of(sibling, address.text));
    out.files.push_back(std::move(file));
  }
  const std::string base =
      fmt::format("{}/{}/resolve/{}/", endpoint, percent_encoded(address.name, true), out.revision);
  out.request = [base, secrets = request.secrets](const RemoteFile& file) -> Result<fetch::HttpRequest> {
    fetch::HttpRequest made;
    made.url = base + percent_encoded(file.remote, true);
    made.secrets = secrets;
    made.follow_redirects = true;
    return made;
  };
  return out;
}

}  // namespace fovea::registry
