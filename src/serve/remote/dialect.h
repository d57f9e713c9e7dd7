// How one kind of service is asked and what its answers mean: texts into a request's body, a reply's body into rows.
// Journey: a remote model asks with it; pure: no clock, no network, no secrets.
// Shapes: a row is `width` logits (classification, score) or numbers (embedding); where a service gives probabilities,
// their logarithms, so that what reads logits reads the same probabilities.
// Promise: every row has `width` finite numbers, or it is an error.
// Threads: any. Errors: of ask(): kInvalidArgument. Of read(): kDataLoss (the reply is not what was declared, with what
// is there instead), kInternal (the service's own error in a reply that says it is well).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "serve/fetch/http_fetch.h"
#include "serve/inference/backend.h"
#include "serve/remote/remote_options.h"

namespace fovea::remote {

using Items = std::span<const inference::Item* const>;

struct Asked {
  std::string path;  // behind the URL
  fetch::Headers headers = {{"Content-Type", "application/json"}};
  std::string body;
};

struct Told {
  std::vector<std::vector<float>> rows;
  int64_t tokens = -1, tokens_made = -1;  // as the service counts them; -1: not said
};

// How many of the first of `items` one request takes, of at most `batch` and kRequestBytesMax.
size_t texts_that_fit(std::span<const inference::Item> items, size_t batch);

class Dialect {
 public:
  virtual ~Dialect() = default;
  // How many of the first of `items` one request takes, of at most `batch`.
  virtual size_t fits(std::span<const inference::Item> items, size_t batch) const;
  virtual Result<Asked> ask(Items items, Nanos left) const = 0;
  virtual Result<Told> read(const fetch::HttpReply& reply, Items items) const = 0;
  // True: nothing comes after these bytes, though the connection stays open (a stream that said so).
  virtual bool ends(std::string_view) const { return false; }
};

// Of kV2Grpc none: it is no HTTP. REQUIRES: options that remote_options.h read.
std::unique_ptr<Dialect> make_dialect(const RemoteOptions& options);
std::unique_ptr<Dialect> make_v2_dialect(const RemoteOptions& options);
std::unique_ptr<Dialect> make_tei_dialect(const RemoteOptions& options);
std::unique_ptr<Dialect> make_huggingface_dialect(const RemoteOptions& options);
std::unique_ptr<Dialect> make_embeddings_dialect(const RemoteOptions& options);
std::unique_ptr<Dialect> make_chat_dialect(const RemoteOptions& options);
std::unique_ptr<Dialect> make_json_dialect(const RemoteOptions& options);
std::unique_ptr<Dialect> make_vertex_dialect(const RemoteOptions& options);

}  // namespace fovea::remote
