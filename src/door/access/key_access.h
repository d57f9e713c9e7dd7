// Callers by their keys: a key ring that is read again when its files change. What a key has used of its quota stays
// when the ring is read anew, unless the quota itself is another.
// A ring that cannot be read leaves the one before in force; `notice` hears why.
// Cost of a request: a SHA-256 and one comparison with every entry, in a time that does not depend on the key.
// Threads: any.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "base/clock.h"
#include "base/files.h"
#include "door/access/access.h"
#include "door/access/file_watch.h"
#include "door/access/key_ring.h"

namespace fovea::access {

struct KeySource {
  std::string file;   // of read_keys(); empty: none
  std::string token;  // one key more, of an admin; empty: none
  std::string token_name = "token";
  Variable variable = process_environment();
  std::function<void(const std::string&)> notice;  // of a ring that was read again, or could not be; may be empty
};

class KeyAccess final : public Access {
 public:
  // Borrows files and clock. REQUIRES a file or a token. Errors: those of read_keys().
  static Result<std::unique_ptr<KeyAccess>> create(KeySource source, Files& files, const Clock& clock);

  std::expected<Caller, Denial> authorise(const Ask& ask) override;
  bool guarded() const override { return true; }

 private:
  struct Ring {
    KeyRing keys;
    std::vector<std::shared_ptr<Quota>> quotas;  // one for each entry; null: none
  };
  KeyAccess(KeySource source, Files& files, const Clock& clock)
      : source_(std::move(source)), files_(files), clock_(clock) {}
  Result<void> read();
  void look();
  const KeyEntry* find(const Ring& ring, const Ask& ask, size_t& at) const;

  const KeySource source_;
  Files& files_;
  const Clock& clock_;
  FileWatch watch_;
  std::vector<std::string> watched_;  // guarded by reading_
  std::mutex reading_;
  std::atomic<std::shared_ptr<const Ring>> ring_;
};

}  // namespace fovea::access
