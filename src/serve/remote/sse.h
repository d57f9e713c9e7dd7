// Server-sent events (WHATWG HTML, "9.2.6 Interpreting an event stream"), as they come: bytes in, the data of whole
// events out. Comments, ids, names and retry times are passed over; CR, LF and CRLF end lines.
// Errors: kResourceExhausted: an event over kSseEventBytesMax.
// Threads: one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fovea::remote {

class SseReader {
 public:
  // The data of the events that end within `bytes`, in order.
  Result<std::vector<std::string>> take(std::string_view bytes);

 private:
  Result<void> end_line(std::vector<std::string>& out);

  std::string line_, data_;
  bool has_data_ = false, after_cr_ = false, begun_ = false;
};

}  // namespace fovea::remote
