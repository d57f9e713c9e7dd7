// What one expression may cost, to write, to check and to run.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fovea::expr {

constexpr size_t kTextBytesMax = 8 * 1024;
constexpr int kNestingMax = 64;  // brackets, ternaries and calls inside one another
constexpr size_t kNodesMax = 2'000;
constexpr int kTreeDepthMax = 400;           // operators in a row count too: "a + b + c" is three deep
constexpr size_t kListElementsAssumed = 32;  // of a list whose length is not known at load, for the static estimate
constexpr uint64_t kCostMax =
    1'000'000;  // static estimate in steps: four macros over unknown lists in one another fail
constexpr uint64_t kStepsMax = 2'000'000;   // run time: a node, a macro turn or 64 bytes of made text are a step each
constexpr size_t kTextMadeMax = 16u << 20;  // bytes of one string that an expression makes
constexpr size_t kPatternBytesMax = 1'024;  // a regular expression's text
constexpr int64_t kPatternMemoryMax = 1 << 20;  // RE2's budget for one pattern

}  // namespace fovea::expr
