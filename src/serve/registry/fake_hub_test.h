// A hub as its API's documents and its Python client (huggingface_hub) have it, on loopback, with one model: small
// files by their git blob, large ones by a redirect to a store that must not be given the token.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/digest.h"
#include "base/json.h"
#include "serve/fetch/scripted_http_test.h"

namespace fovea::registry {

struct HubFile {
  std::string bytes;
  bool large = false;
};

class FakeHub {
 public:
  explicit FakeHub(std::map<std::string, HubFile> files, std::string commit = std::string(40, 'a'))
      : files_(std::move(files)),
        commit_(std::move(commit)),
        store_([this](const fetch::ScriptedRequest& request) { return stored(request); }),
        hub_([this](const fetch::ScriptedRequest& request) { return answer(request); }) {}

  std::string endpoint() const { return hub_.url(); }
  size_t asked() const { return hub_.requests().size(); }
  size_t store_asked() const { return store_.requests().size(); }
  std::vector<fetch::ScriptedRequest> store_requests() const { return store_.requests(); }
  void set(std::string commit, std::map<std::string, HubFile> files) {
    std::lock_guard lock(mutex_);
    commit_ = std::move(commit);
    files_ = std::move(files);
  }
  std::string token;                                 // that is wanted
  std::atomic<bool> down{false};                     // 503
  std::atomic<size_t> cut_after{std::string::npos};  // of large files, once
  std::atomic<bool> corrupt{false};

 private:
  fetch::ScriptedReply answer(const fetch::ScriptedRequest& request) {
    std::lock_guard lock(mutex_);
    if (down) return {503, "", "busy"};
    if (!token.empty() && request.header("Authorization") != "Bearer " + token)
      return {401, "X-Error-Code: RepoNotFound\r\nX-Error-Message: Repository not found\r\n", "{\"error\":\"no\"}"};
    if (request.target == "/api/models/org/tiny/revision/main?blobs=true" ||
        request.target == "/api/models/org/tiny/revision/" + commit_ + "?blobs=true")
      return {200, "Content-Type: application/json\r\n", info()};
    const std::string base = "/org/tiny/resolve/" + commit_ + "/";
    if (!request.target.starts_with(base)) return {404, "X-Error-Code: RevisionNotFound\r\n", "{\"error\":\"none\"}"};
    const auto found = files_.find(request.target.substr(base.size()));
    if (found == files_.end()) return {404, "X-Error-Code: EntryNotFound\r\n", ""};
    if (found->second.large)
      return {302,
              "X-Repo-Commit: " + commit_ + "\r\nLocation: " + store_.url("/blob/" + found->first + "?Signature=s") +
                  "\r\n",
              ""};
    return {200, "ETag: \"" + found->first + "\"\r\nX-Repo-Commit: " + commit_ + "\r\n", found->second.bytes};
  }

  fetch::ScriptedReply stored(const fetch::ScriptedRequest& request) {
    std::lock_guard lock(mutex_);
    if (!request.header("Authorization").empty()) return {400, "", "a token came to the store"};
    const std::string name = request.target.substr(6, request.target.find('?') - 6);
    std::string bytes = files_.at(name).bytes;
    if (corrupt) bytes[bytes.size() / 2] ^= 1;
    const std::string range = request.header("Range"), size = std::to_string(bytes.size());
    const size_t cut = cut_after.exchange(std::string::npos);
    if (range.empty()) return {200, "ETag: \"" + name + "\"\r\n", bytes, cut};
    const size_t begin = std::stoul(range.substr(6));
    if (begin >= bytes.size()) return {416, "", ""};
    return {206,
            "ETag: \"" + name + "\"\r\nContent-Range: bytes " + std::to_string(begin) + "-" +
                std::to_string(bytes.size() - 1) + "/" + size + "\r\n",
            bytes.substr(begin), cut};
  }

  std::string info() const {
    JsonArray siblings;
    for (const auto& [path, file] : files_) {
      JsonObject one{{"rfilename", path}, {"size", file.bytes.size()}, {"blobId", std::string(40, '0')}};
      if (file.large) {
        one["lfs"] = JsonObject{
            {"sha256", to_hex(bytes_of(sha256(file.bytes)))}, {"size", file.bytes.size()}, {"pointerSize", 134}};
      } else {
        one.erase("blobId");
      }
      siblings.push_back(std::move(one));
    }
    return to_text(JsonObject{{"id", "org/tiny"}, {"sha", commit_}, {"siblings", std::move(siblings)}});
  }

  std::mutex mutex_;
  std::map<std::string, HubFile> files_;
  std::string commit_;
  fetch::ScriptedHttp store_, hub_;
};

}  // namespace fovea::registry
