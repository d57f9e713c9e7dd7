// Who asks, as the one authorisation point found out. Whoever works for the request keeps it as long: where its key has
// a quota of requests at once, the last copy to go gives the place back.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "door/access/quota.h"
#include "door/access/right.h"
#include "serve/schedule/priority.h"

namespace fovea::access {

struct Caller {
  std::string name;  // of its key, for logs and counts; empty: nobody was asked for a key
  Role role = Role::kAdmin;
  std::string tenant;                                                   // whose share of the server it takes
  schedule::Priority priority = schedule::Priority::kStandard;          // where the request says none
  schedule::Priority priority_best = schedule::Priority::kInteractive;  // that a request may say
  std::shared_ptr<const std::vector<std::string>> models;               // patterns, "embed-*"; null: all
  std::shared_ptr<Quota> quota;                                         // null: none
  std::shared_ptr<const void> place;                                    // of those at once

  bool may_use(std::string_view model) const;  // a model's or a flow's name
  // What the request took, once it is known.
  void charge(int64_t tokens, Nanos now) const {
    if (quota) quota->charge(tokens, now);
  }
};

// '*' stands for any run of characters.
bool fits(std::string_view pattern, std::string_view name);

}  // namespace fovea::access
