// One file from a server into a file of ours: resumed where it broke off, its digest checked before it counts.
// Journey: ModelCache calls it for each file that it has not yet.
// Errors: those of HttpFetch and of replies (refused()) once attempts that brought nothing new are used up; kDataLoss
// where what came is not what was listed (the partial file is gone then); kResourceExhausted (disk full, too large);
// kCancelled. Cost: one request a file, one more for each time it breaks off; the file is read once to check it.
// Threads: one for each partial file.
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "serve/fetch/http_fetch.h"
#include "serve/registry/listing.h"

namespace fovea::registry {

struct Download {
  fetch::HttpFetch& http;
  const Listing& listing;
  const RemoteFile& file;
  std::string partial;  // grows while it comes; beside it PARTIAL.etag says of what it is a part
  std::string where;    // of errors: the address
  Clock& clock;
  std::function<bool(uint64_t bytes)> came = {};  // of this file so far; false: give up
};

// Its SHA-256, hex; `partial` is whole and synced then.
Result<std::string> download(const Download& what);

}  // namespace fovea::registry
