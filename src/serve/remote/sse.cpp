#include "serve/remote/sse.h"

#include <fmt/format.h>

#include "serve/remote/limits.h"

namespace fovea::remote {

Result<std::vector<std::string>> SseReader::take(std::string_view bytes) {
  std::vector<std::string> out;
  for (const char c : bytes) {
    const bool second_half = after_cr_ && c == '\n';
    after_cr_ = c == '\r';
    if (second_half) continue;
    if (c == '\r' || c == '\n') {
      FOVEA_OK(end_line(out));
      continue;
    }
    line_ += c;
    if (line_.size() + data_.size() > kSseEventBytesMax)
      return fail(Code::kResourceExhausted, fmt::format("an event of over {} bytes", kSseEventBytesMax));
  }
  return out;
}

Result<void> SseReader::end_line(std::vector<std::string>& out) {
  std::string_view line = line_;
  if (!begun_ && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);  // a byte order mark
  begun_ = true;
  if (line.empty()) {
    if (has_data_) {
      data_.pop_back();  // the last line's end
      out.push_back(std::move(data_));
    }
    data_.clear();
    has_data_ = false;
  } else if (line == "data" || line.starts_with("data:")) {
    line.remove_prefix(std::min<size_t>(line.size(), 5));
    if (line.starts_with(' ')) line.remove_prefix(1);
    data_ += line;
    data_ += '\n';
    has_data_ = true;
  }
  line_.clear();
  return {};
}

}  // namespace fovea::remote
