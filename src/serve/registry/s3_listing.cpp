// An S3-style store: list-objects-v2 below a prefix, path style, signed with Signature Version 4 (unsigned without
// credentials). As its clients take them: AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, AWS_REGION or AWS_DEFAULT_REGION,
// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/digest.h"
#include "serve/fetch/sigv4.h"
#include "serve/fetch/uri.h"
#include "serve/registry/limits.h"
#include "serve/registry/listing.h"
#include "serve/registry/xml_text.h"

namespace fovea::registry {
namespace {

using fetch::percent_encoded;

struct Store {
  std::string endpoint, region, bucket;
  fetch::AwsCredentials credentials;

  // `query`: sorted and percent-encoded.
  Result<fetch::HttpRequest> get(const std::string& key, const std::string& query, fetch::Headers headers) const {
    fetch::HttpRequest request;
    request.url = endpoint + "/" + bucket + "/" + percent_encoded(key, true) + (query.empty() ? "" : "?" + query);
    request.headers = std::move(headers);
    if (credentials.access_key.empty()) return request;
    const TimePoint now = SystemClock().now();
    FOVEA_TRY(fetch::Headers added,
              fetch::sign_sigv4({"GET", request.url, request.headers, ""}, credentials, {region, "s3"}, now));
    std::ranges::move(added, std::back_inserter(request.headers));  // they hold no secret: over plain HTTP, too
    return request;
  }
};

Result<Store> store_of(const ModelAddress& address, const Variable& variable) {
  const auto first = [&](std::initializer_list<const char*> names) -> std::string {
    for (const char* name : names)
      if (auto value = variable(name); value && !value->empty()) return *value;
    return "";
  };
  Store out;
  out.bucket = address.name;
  out.region = first({"AWS_REGION", "AWS_DEFAULT_REGION"});
  if (out.region.empty()) out.region = "us-east-1";
  out.endpoint = first({"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"});
  if (out.endpoint.empty()) out.endpoint = "https://s3." + out.region + ".amazonaws.com";
  while (out.endpoint.ends_with('/')) out.endpoint.pop_back();
  out.credentials = {first({"AWS_ACCESS_KEY_ID"}), first({"AWS_SECRET_ACCESS_KEY"}), first({"AWS_SESSION_TOKEN"})};
  if (out.credentials.access_key.empty() != out.credentials.secret_key.empty())
    return fail(Code::kInvalidArgument, "half of the credentials is missing", address.text,
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither");
  return out;
}

Result<void> take_page(std::string_view xml, const std::string& prefix, std::vector<RemoteFile>& files,
                       const std::string& where) {
  size_t from = 0;
  while (const auto contents = next_element(xml, "Contents", from)) {
    RemoteFile file;
    file.remote = element_text(*contents, "Key");
    if (file.remote.ends_with('/')) continue;  // a folder's mark
    if (!file.remote.starts_with(prefix))
      return fail(Code::kInvalidArgument, "the store lists what is not below the prefix", where);
    file.path = file.remote.substr(prefix.size());
    const std::string size = element_text(*contents, "Size");
    uint64_t bytes = 0;
    const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), bytes);
    if (error != std::errc() || end != size.data() + size.size())
      return fail(Code::kInvalidArgument, "the store lists a file without a size", where);
    file.bytes = bytes;
    file.etag = element_text(*contents, "ETag");
    files.push_back(std::move(file));
  }
  return {};
}

}  // namespace

Result<Listing> list_s3(const ModelAddress& address, fetch::HttpFetch& http, const Variable& variable) {
  FOVEA_TRY(const Store store, store_of(address, variable));
  const std::string prefix = address.revision.empty() ? "" : address.revision + "/";
  Listing out;
  std::string token;
  for (size_t page = 0;; ++page) {
    if (page == kPagesMax || out.files.size() > kFilesMax)
      return fail(Code::kResourceExhausted, fmt::format("more than {} files", kFilesMax), address.text,
                  "give the prefix of one model");
    std::string query = token.empty() ? "" : "continuation-token=" + percent_encoded(token) + "&";
    query += "list-type=2&prefix=" + percent_encoded(prefix);
    FOVEA_TRY(fetch::HttpRequest request, store.get("", query, {}));
    request.timeout = kListingTimeout;
    FOVEA_TRY(const fetch::HttpReply reply, http.fetch(request));
    if (reply.status != 200) {
      const std::string code = element_text(reply.body, "Code"), message = element_text(reply.body, "Message");
      return std::unexpected(refused(reply, address.text, code + (message.empty() ? "" : ", ") + message));
    }
    if (reply.body.find("<ListBucketResult") == std::string::npos)
      return fail(Code::kInvalidArgument, "the answer is no list of a store", address.text,
                  "is AWS_ENDPOINT_URL a store?");
    FOVEA_OK(take_page(reply.body, prefix, out.files, address.text));
    const std::string next = element_text(reply.body, "NextContinuationToken");
    if (element_text(reply.body, "IsTruncated") != "true") break;
    if (next.empty() || next == token)
      return fail(Code::kInvalidArgument, "the store's list does not go on", address.text);
    token = next;
  }
  std::ranges::sort(out.files, {}, &RemoteFile::path);
  std::string all;
  for (const RemoteFile& file : out.files)
    all += fmt::format("{}\n{}\n{}\n", file.remote, file.bytes.value_or(0), file.etag);
  out.revision = to_hex(bytes_of(sha256(all)));
  out.version = out.revision.substr(0, 12);
  out.request = [store](const RemoteFile& file) {
    fetch::Headers headers{{"X-Amz-Checksum-Mode", "ENABLED"}};
    if (!file.etag.empty()) headers.emplace_back("If-Match", file.etag);
    return store.get(file.remote, "", std::move(headers));
  };
  return out;
}

}  // namespace fovea::registry
