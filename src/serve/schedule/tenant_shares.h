// Who had how many tokens: tenants with work waiting share a class by tokens. A tenant that comes back after a pause
// starts where the others are: nothing is saved up.
// Threads: one at a time. Source: start-time fair queueing (Goyal, Vin, Cheng 1996).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "serve/schedule/limits.h"

namespace fovea::schedule {

class TenantShares {
 public:
  // The tenant's number; beyond kTenantsMax names all further ones share one. Its work waits from now on.
  uint32_t enter(std::string_view tenant);
  void leave(uint32_t tenant);  // one of its requests waits no longer
  void charge(uint32_t tenant, int64_t tokens) { accounts_[tenant].used += static_cast<double>(tokens); }
  // Has had at least `lead` tokens more than the waiting tenant that had least.
  bool ahead(uint32_t tenant, double lead) const;

 private:
  struct Account {
    double used = 0;
    size_t waiting = 0;
    std::string name;
  };
  double least() const;  // of those with work waiting
  void forget();         // those without work, when there are too many

  std::unordered_map<std::string, uint32_t> numbers_;
  std::vector<Account> accounts_;
  std::vector<uint32_t> free_;
  size_t active_ = 0;
};

}  // namespace fovea::schedule
