#include "stream/window/watermark.h"

#include <algorithm>
#include <charconv>

#include "stream/window/limits.h"

namespace fovea::window {

TimePoint Watermark::trusted(TimePoint event_time, TimePoint now) {
  return event_time > now + kFutureTolerance ? now : event_time;
}

void Watermark::observe(TimePoint event_time, TimePoint now) {
  TimePoint time = trusted(event_time, now);
  max_ = seen_ ? std::max(max_, time) : time;
  seen_ = true;
}

TimePoint Watermark::at() const {
  if (!seen_ || max_.ns < INT64_MIN + lateness_.count()) return {INT64_MIN};
  return max_ - lateness_;
}

std::string Watermark::to_bytes() const {
  return seen_ ? std::to_string(max_.ns) : std::string();
}

Result<void> Watermark::restore(std::string_view bytes) {
  seen_ = false;
  if (bytes.empty()) return {};
  auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), max_.ns);
  if (error != std::errc() || end != bytes.data() + bytes.size())
    return fail(Code::kDataLoss, "not the bytes of a watermark");
  seen_ = true;
  return {};
}

}  // namespace fovea::window
