// Answers that were computed before, kept by what decides them: tenant, model digest, precision and exact tokens.
// The whole key is compared, never its hash alone, so that an answer is never another input's; tenants never share.
// Bounded in bytes, keys and bookkeeping included. What goes first is of the tenant that has most, and there what was
// not asked for again (SIEVE: Zhang et al., NSDI 2024).
// Threads: every call from any. Cost of a look: one SHA-256 of the key, a lock.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fovea::inference {

using CachedRow = std::shared_ptr<const std::vector<float>>;

struct CacheKey {
  std::string tenant, digest;  // digest: of the model and its precision
  std::string text;            // of all of it, tenant and digest included: what is compared
};
// `all_rows`: of every token's row, which is another answer than the same text's embedding.
CacheKey cache_key(std::string_view tenant, std::string_view digest, std::string_view precision,
                   const std::vector<int32_t>& ids, const std::vector<int32_t>& types, bool all_rows = false);

class ExactCache {
 public:
  using Hash = std::function<uint64_t(std::string_view text)>;
  // `hash`: a test's; by default keyed with bytes of this process, so that nobody can choose texts that collide.
  explicit ExactCache(size_t bytes_max, Hash hash = {});

  CachedRow find(const CacheKey& key);  // null: not there
  void put(const CacheKey& key, CachedRow row);
  void forget(std::string_view digest);  // of a model that went

  size_t bytes() const;
  size_t size() const;

 private:
  struct Entry {
    CacheKey key;
    CachedRow row;
    size_t bytes = 0;
    bool asked = false;  // since the hand passed
  };
  using Order = std::list<Entry>;  // newest first
  struct Tenant {
    Order order;
    Order::iterator hand;  // SIEVE's; end(): begins at the oldest
    size_t bytes = 0;
  };
  using ByKey = std::unordered_map<std::string_view, Order::iterator, Hash>;

  void evict();
  void drop(Tenant& tenant, Order::iterator entry);
  void note_bytes(const std::string& name, Tenant& tenant, size_t bytes);

  const size_t bytes_max_;
  mutable std::mutex mutex_;
  ByKey by_key_;
  std::map<std::string, Tenant, std::less<>> tenants_;
  std::set<std::pair<size_t, std::string>> by_bytes_;  // of tenants
  size_t bytes_ = 0;
};

}  // namespace fovea::inference
