// What a caller may do, and which role allows it.
//
//                look  ask  operate  approve  administer
//   viewer       x
//   caller       x     x
//   operator     x     x    x
//   approver     x                   x
//   admin        x     x    x        x        x
//
// An approver does not ask: whoever approves an action must not be the program that proposes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace fovea::access {

// What a route or a method asks of its caller. kAnyone: health and readiness, which probes ask without a key.
enum class Right : uint8_t { kAnyone, kLook, kAsk, kOperate, kApprove, kAdminister };
enum class Role : uint8_t { kViewer, kCaller, kOperator, kApprover, kAdmin };

inline constexpr std::string_view kRightNames[] = {"anyone", "look", "ask", "operate", "approve", "administer"};
inline constexpr std::string_view kRoleNames[] = {"viewer", "caller", "operator", "approver", "admin"};

constexpr std::string_view name_of(Right right) {
  return kRightNames[static_cast<size_t>(right)];
}
constexpr std::string_view name_of(Role role) {
  return kRoleNames[static_cast<size_t>(role)];
}

constexpr bool allows(Role role, Right right) {
  switch (right) {
    case Right::kAnyone:
    case Right::kLook:
      return true;
    case Right::kAsk:
      return role != Role::kViewer && role != Role::kApprover;
    case Right::kOperate:
      return role == Role::kOperator || role == Role::kAdmin;
    case Right::kApprove:
      return role == Role::kApprover || role == Role::kAdmin;
    case Right::kAdminister:
      return role == Role::kAdmin;
  }
  return false;
}

// A right that must be said: a table's row without it does not compile.
struct Needs {
  Needs() = delete;
  constexpr Needs(Right right) : right(right) {}  // NOLINT(google-explicit-constructor): rows read as a table
  Right right;
};

}  // namespace fovea::access
