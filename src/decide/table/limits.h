// What one decision table may hold.
#pragma once

#include <cstddef>

namespace fovea::table {

constexpr size_t kRowsMax = 100'000;
constexpr size_t kColumnsMax = 64;
constexpr size_t kTestsMax = 256;           // alternatives in one cell
constexpr size_t kRegionsMax = 20'000;      // combinations that the gap check looks at; beyond, it stays silent
constexpr size_t kRowPairsMax = 4'000'000;  // pairs that the overlap check looks at
constexpr size_t kWarningsMax = 20;
constexpr size_t kValueReportedMax = 200;  // bytes of a text that a hit reports

}  // namespace fovea::table
