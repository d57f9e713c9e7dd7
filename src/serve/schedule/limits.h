// What the scheduler keeps of one server, at most.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fovea::schedule {

constexpr size_t kTenantsMax = 4096;         // with work waiting or a share to remember; further ones share one account
constexpr size_t kGroupItemsMax = 64;        // requests that one group takes
constexpr size_t kLookahead = 256;           // waiting requests that are looked at to fill a group
constexpr size_t kResiduals = 128;           // measurements that a cost model keeps
constexpr size_t kStretches = 64;            // of work, whose error is kept
constexpr double kReserveFirst = 0.08;       // of the time until a deadline, before anything is known of the machine
constexpr int64_t kTokensEachMax = 1 << 20;  // of one request

}  // namespace fovea::schedule
