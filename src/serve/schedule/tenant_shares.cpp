#include "serve/schedule/tenant_shares.h"

#include <algorithm>
#include <limits>

namespace fovea::schedule {

double TenantShares::least() const {
  double least = std::numeric_limits<double>::infinity();
  for (const Account& account : accounts_)
    if (account.waiting > 0) least = std::min(least, account.used);
  return least;
}

void TenantShares::forget() {
  for (uint32_t i = 0; i < accounts_.size(); ++i) {
    if (accounts_[i].waiting > 0 || accounts_[i].name.empty()) continue;
    numbers_.erase(accounts_[i].name);
    accounts_[i].name.clear();
    free_.push_back(i);
  }
}

uint32_t TenantShares::enter(std::string_view tenant) {
  std::string name = tenant.empty() ? "-" : std::string(tenant);
  auto found = numbers_.find(name);
  if (found == numbers_.end()) {
    if (numbers_.size() + 1 >= kTenantsMax) forget();
    if (numbers_.size() + 1 >= kTenantsMax) name = "others";
    found = numbers_.find(name);
  }
  if (found == numbers_.end()) {
    uint32_t number = static_cast<uint32_t>(accounts_.size());
    if (free_.empty()) {
      accounts_.emplace_back();
    } else {
      number = free_.back();
      free_.pop_back();
    }
    accounts_[number] = {0, 0, name};
    found = numbers_.emplace(std::move(name), number).first;
  }
  Account& account = accounts_[found->second];
  if (account.waiting == 0) {
    if (active_ > 0) account.used = std::max(account.used, least());
    ++active_;
  }
  ++account.waiting;
  return found->second;
}

void TenantShares::leave(uint32_t tenant) {
  if (--accounts_[tenant].waiting == 0) --active_;
}

bool TenantShares::ahead(uint32_t tenant, double lead) const {
  return active_ > 1 && accounts_[tenant].used >= least() + lead;
}

}  // namespace fovea::schedule
