#include "serve/inference/exact_cache.h"

#include <cstring>

#include "base/digest.h"

namespace fovea::inference {
namespace {

constexpr size_t kEntryBytes = sizeof(void*) * 32;  // of lists, tables and small strings, generously

void append(std::string& out, std::string_view part) {
  const uint64_t bytes = part.size();
  out.append(reinterpret_cast<const char*>(&bytes), sizeof bytes);
  out.append(part);
}

std::string_view bytes_of_ids(const std::vector<int32_t>& ids) {
  return {reinterpret_cast<const char*>(ids.data()), ids.size() * sizeof(int32_t)};
}

ExactCache::Hash keyed_hash() {
  return [secret = random_bytes(32)](std::string_view text) {
    const Digest digest = hmac_sha256(secret, text);
    uint64_t out = 0;
    std::memcpy(&out, digest.data(), sizeof out);
    return out;
  };
}

}  // namespace

// Every part with its length, so that no two lists of parts make one text.
CacheKey cache_key(std::string_view tenant, std::string_view digest, std::string_view precision,
                   const std::vector<int32_t>& ids, const std::vector<int32_t>& types, bool all_rows) {
  CacheKey out{std::string(tenant), std::string(digest), {}};
  out.text.reserve(64 + tenant.size() + digest.size() + (ids.size() + types.size()) * sizeof(int32_t));
  append(out.text, tenant);
  append(out.text, digest);
  append(out.text, precision);
  append(out.text, bytes_of_ids(ids));
  append(out.text, bytes_of_ids(types));
  append(out.text, all_rows ? "all rows" : "");
  return out;
}

ExactCache::ExactCache(size_t bytes_max, Hash hash)
    : bytes_max_(bytes_max), by_key_(16, hash ? std::move(hash) : keyed_hash()) {}

CachedRow ExactCache::find(const CacheKey& key) {
  std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key.text);
  if (found == by_key_.end()) return nullptr;
  found->second->asked = true;
  return found->second->row;
}

void ExactCache::put(const CacheKey& key, CachedRow row) {
  const size_t bytes =
      kEntryBytes + key.text.size() + key.tenant.size() + key.digest.size() + row->size() * sizeof(float);
  if (bytes > bytes_max_) return;
  std::lock_guard lock(mutex_);
  if (by_key_.contains(key.text)) return;  // equal to the bit anyway
  auto [at, fresh] = tenants_.try_emplace(key.tenant);
  Tenant& tenant = at->second;
  if (fresh) tenant.hand = tenant.order.end();
  tenant.order.push_front({key, std::move(row), bytes, false});
  by_key_.emplace(tenant.order.front().key.text, tenant.order.begin());
  note_bytes(at->first, tenant, tenant.bytes + bytes);
  while (bytes_ > bytes_max_) evict();
}

void ExactCache::note_bytes(const std::string& name, Tenant& tenant, size_t bytes) {
  by_bytes_.erase({tenant.bytes, name});
  bytes_ += bytes - tenant.bytes;
  tenant.bytes = bytes;
  if (bytes > 0) by_bytes_.emplace(bytes, name);
}

void ExactCache::drop(Tenant& tenant, Order::iterator entry) {
  if (tenant.hand == entry) tenant.hand = entry == tenant.order.begin() ? tenant.order.end() : std::prev(entry);
  const std::string name = entry->key.tenant;
  by_key_.erase(entry->key.text);
  const size_t left = tenant.bytes - entry->bytes;
  tenant.order.erase(entry);
  note_bytes(name, tenant, left);
  if (tenant.order.empty()) tenants_.erase(name);
}

// From old to new, past those that were asked for, which are asked anew the next time round.
void ExactCache::evict() {
  Tenant& tenant = tenants_.find(by_bytes_.rbegin()->second)->second;
  auto at = tenant.hand == tenant.order.end() ? std::prev(tenant.order.end()) : tenant.hand;
  while (at->asked) {
    at->asked = false;
    at = at == tenant.order.begin() ? std::prev(tenant.order.end()) : std::prev(at);
  }
  tenant.hand = at;
  drop(tenant, at);
}

void ExactCache::forget(std::string_view digest) {
  std::lock_guard lock(mutex_);
  for (auto at = tenants_.begin(); at != tenants_.end();) {
    Tenant& tenant = at->second;
    ++at;  // drop() may take the tenant away
    for (size_t left = tenant.order.size(); left > 0; --left) {
      const auto last = std::prev(tenant.order.end());
      if (last->key.digest == digest) {
        drop(tenant, last);
      } else {
        tenant.order.splice(tenant.order.begin(), tenant.order, last);  // once round: the order stays
      }
    }
  }
}

size_t ExactCache::bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_;
}

size_t ExactCache::size() const {
  std::lock_guard lock(mutex_);
  return by_key_.size();
}

}  // namespace fovea::inference
