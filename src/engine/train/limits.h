// What training takes at most (each is an error with a hint where it is passed), and which tables are small or large.
#pragma once

#include <cstddef>
#include <cstdint>

namespace fovea::train {

constexpr uint64_t kTableBytesMax = uint64_t{1} << 31;  // 2 GiB
constexpr size_t kTableRowsMax = 2'000'000;
constexpr size_t kTextBytesMax = 1 << 16;  // of one message; what follows is not looked at, with a warning
constexpr size_t kLabelBytesMax = 200;
constexpr size_t kLabelsMax = 1000;
constexpr size_t kRowsMin = 20;  // fewer cannot be split into a part to learn from and one to judge by
constexpr size_t kRowsAdvised = 200;
constexpr size_t kLabelRowsMin = 2;  // a label with one row cannot be judged: its row is left out
constexpr size_t kLabelRowsAdvised = 10;
constexpr size_t kWarningsShown = 20;  // of one kind; the rest is counted

constexpr size_t kSmallTable = 5'000;   // rows; fewer: a fifth is held out, and the trainings are longer
constexpr size_t kLargeTable = 20'000;  // from here on a twentieth, which says enough; between them a tenth

}  // namespace fovea::train
