#include "door/access/key_access.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>

namespace fovea::access {
namespace {

std::unexpected<Denial> deny(Code code, std::string message, std::string hint = {}, Nanos retry_after = Nanos(0)) {
  return std::unexpected(Denial{{code, std::move(message), {}, std::move(hint)}, retry_after});
}

std::unexpected<Denial> over(const KeyEntry& entry, const Quota::Admission& admission) {
  switch (admission.spent) {
    case Quota::Spent::kAtOnce:
      return deny(Code::kResourceExhausted, fmt::format("{} requests of this key are under way", entry.quota.at_once),
                  "wait for an answer before you send more", admission.retry_after);
    case Quota::Spent::kTokens:
      return deny(Code::kResourceExhausted,
                  fmt::format("this key has used its {} tokens a minute", entry.quota.tokens_per_minute),
                  "come again when Retry-After says", admission.retry_after);
    default:
      return deny(Code::kResourceExhausted,
                  fmt::format("this key has used its {} requests a minute", entry.quota.requests_per_minute),
                  "come again when Retry-After says", admission.retry_after);
  }
}

}  // namespace

Result<std::unique_ptr<KeyAccess>> KeyAccess::create(KeySource source, Files& files, const Clock& clock) {
  std::unique_ptr<KeyAccess> made(new KeyAccess(std::move(source), files, clock));
  FOVEA_OK(made->read());
  return made;
}

Result<void> KeyAccess::read() {
  auto ring = std::make_shared<Ring>();
  if (!source_.file.empty()) {
    FOVEA_TRY(ring->keys, read_keys(files_, source_.file, source_.variable));
    if (ring->keys.files != watched_) {  // what changes from here on is seen, so what was read before may be old
      watched_ = ring->keys.files;
      watch_.watch(watched_);
      FOVEA_TRY(ring->keys, read_keys(files_, source_.file, source_.variable));
    }
  }
  if (!source_.token.empty()) {
    KeyRing one = admin_ring(source_.token_name, source_.token);
    ring->keys.entries.push_back(std::move(one.entries.front()));
  }
  const auto before = ring_.load();
  for (const KeyEntry& entry : ring->keys.entries) {
    std::shared_ptr<Quota> quota;
    for (size_t i = 0; before && i < before->quotas.size(); ++i) {
      if (before->keys.entries[i].name == entry.name && before->keys.entries[i].quota == entry.quota) {
        quota = before->quotas[i];
      }
    }
    if (!quota && entry.quota != QuotaLimits{}) quota = std::make_shared<Quota>(entry.quota);
    ring->quotas.push_back(std::move(quota));
  }
  ring_ = std::move(ring);
  return {};
}

void KeyAccess::look() {
  if (!watch_.changed(clock_.steady())) return;
  const std::lock_guard lock(reading_);
  const auto again = read();
  if (!source_.notice) return;
  source_.notice(again ? fmt::format("{} was read again", source_.file)
                       : "the keys stay as they were: " + again.error().text());
}

// Every entry is compared, so that the time says nothing of which one fits.
const KeyEntry* KeyAccess::find(const Ring& ring, const Ask& ask, size_t& at) const {
  const Digest digest = sha256(ask.key);
  const KeyEntry* found = nullptr;
  for (size_t i = 0; i < ring.keys.entries.size(); ++i) {
    const KeyEntry& entry = ring.keys.entries[i];
    bool fits = false;
    if (entry.digest) {
      fits = CRYPTO_memcmp(entry.digest->data(), digest.data(), digest.size()) == 0 && !ask.key.empty();
    } else {
      fits = ask.key.empty();
    }
    if (!entry.certificate.empty()) fits = std::ranges::find(ask.names, entry.certificate) != ask.names.end() && fits;
    if (!fits || found != nullptr) continue;
    found = &entry;
    at = i;
  }
  return found;
}

std::expected<Caller, Denial> KeyAccess::authorise(const Ask& ask) {
  if (ask.needs.right == Right::kAnyone) return Caller{{}, Role::kViewer, {}, {}, {}, {}, {}, {}};
  look();
  const auto ring = ring_.load();
  size_t at = 0;
  const KeyEntry* entry = find(*ring, ask, at);
  if (entry == nullptr) {
    return ask.key.empty()
               ? deny(Code::kUnauthenticated, "a key is needed", "send 'Authorization: Bearer KEY' or 'x-api-key: KEY'")
               : deny(Code::kUnauthenticated, "the key is not known",
                      "is it whole, and still one of the server's keys?");
  }
  if (!allows(entry->role, ask.needs.right)) {
    return deny(Code::kPermissionDenied,
                fmt::format("a key of the role {} may not {}", name_of(entry->role), name_of(ask.needs.right)));
  }
  Caller caller{entry->name,          entry->role,   entry->tenant,    entry->priority,
                entry->priority_best, entry->models, ring->quotas[at], {}};
  if (caller.quota) {
    const auto admission = caller.quota->begin(clock_.steady());
    if (admission.spent != Quota::Spent::kNothing) return over(*entry, admission);
    caller.place =
        std::shared_ptr<const void>(caller.quota.get(), [quota = caller.quota](const void*) { quota->end(); });
  }
  return caller;
}

}  // namespace fovea::access
