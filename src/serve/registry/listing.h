// What a registry says a model is made of, before anything of it is believed.
// Journey: hub_listing, mlflow_listing or s3_listing makes one of an address; ModelCache checks and downloads it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "serve/fetch/http_fetch.h"
#include "serve/registry/model_address.h"

namespace fovea::registry {

// Environment variables: std::getenv, or a test's.
using Variable = std::function<std::optional<std::string>(const char* name)>;

struct RemoteFile {
  std::string path;               // below the model's folder, '/' between parts
  std::string remote;             // what request() needs of it
  std::optional<uint64_t> bytes;  // where the listing says
  std::string sha256;             // hex; empty: not said
  std::string git_sha1;           // of the git blob, hex; empty: not said
  std::string etag;               // as sent; empty: not said
};

struct Listing {
  std::string revision;  // that never means other content: a commit, a version, a digest of the listing
  std::string version;   // to call it by while it serves
  std::vector<RemoteFile> files;
  // Made when it is sent: signatures have a time.
  std::function<Result<fetch::HttpRequest>(const RemoteFile& file)> request;
};

// Leaves what a model needs, and refuses what must not be written: paths that leave the folder or are no plain names,
// two files of one name, a file that is another's folder, too many or too large ones.
// Left out: hidden files and, where there are safetensors or packed weights, those of other frameworks.
// Errors: kInvalidArgument (a path), kResourceExhausted (a limit), kNotFound (no file is left).
Result<void> check_listing(Listing& listing, const std::string& where);

// Errors: of a reply that is none of theirs or refuses: kNotFound, kUnauthenticated, kPermissionDenied, kUnavailable...
Result<Listing> list_hub(const ModelAddress& address, fetch::HttpFetch& http, const Variable& variable);
Result<Listing> list_mlflow(const ModelAddress& address, fetch::HttpFetch& http, const Variable& variable);
Result<Listing> list_s3(const ModelAddress& address, fetch::HttpFetch& http, const Variable& variable);
Result<Listing> list_model(const ModelAddress& address, fetch::HttpFetch& http, const Variable& variable);

// A reply that isn't 2xx, as an error; `message` is what the server says, cut and made one line.
Error refused(const fetch::HttpReply& reply, const std::string& where, std::string message);

}  // namespace fovea::registry
