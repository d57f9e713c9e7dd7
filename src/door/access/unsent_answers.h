// Large answers that their clients have not taken yet: those of a door hold so many bytes at most, whoever asked.
// Journey: a door keeps a share while it sends an answer, and refuses what finds no room. Threads: any.
#pragma once

#include <atomic>
#include <cstddef>
#include <expected>
#include <memory>
#include <utility>

#include "door/access/access.h"
#include "door/access/limits.h"

namespace fovea::access {

class UnsentAnswers {
 public:
  // Of one answer, until it goes.
  class Share {
   public:
    Share() = default;
    Share(std::shared_ptr<std::atomic<size_t>> held, size_t bytes) : held_(std::move(held)), bytes_(bytes) {}
    ~Share() {
      if (held_) *held_ -= bytes_;
    }
    Share(Share&& other) noexcept : held_(std::move(other.held_)), bytes_(other.bytes_) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(held_, other.held_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }

   private:
    std::shared_ptr<std::atomic<size_t>> held_;  // null: nothing
    size_t bytes_ = 0;
  };

  explicit UnsentAnswers(size_t bytes_max = kUnsentBytesMax) : most_(bytes_max) {}

  // One alone has room, however large it is; small ones (kUnsentSmall) are not counted, since the doors bound how many
  // there are. Errors: kResourceExhausted (no room).
  std::expected<Share, Denial> keep(size_t bytes) {
    if (bytes < kUnsentSmall) return Share();
    const size_t before = held_->fetch_add(bytes);
    Share share(held_, bytes);
    if (before > 0 && before + bytes > most_) {
      return std::unexpected(Denial{{Code::kResourceExhausted,
                                     "answers that clients have not taken hold too many bytes",
                                     {},
                                     "read answers as they come, or try again"},
                                    kUnsentRetry});
    }
    return share;
  }
  size_t bytes() const { return *held_; }

 private:
  const size_t most_;
  std::shared_ptr<std::atomic<size_t>> held_ = std::make_shared<std::atomic<size_t>>(0);
};

}  // namespace fovea::access
