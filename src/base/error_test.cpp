#include "base/error.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/fault_point.h"
#include "base/progress.h"
#include "base/random.h"

namespace fovea {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return fail(Code::kInvalidArgument, "odd", "n", "give an even one");
  return n / 2;
}
Result<int> quarter(int n) {
  FOVEA_TRY(int h, half(n));
  return half(h);
}

TEST(Error, TravelsThroughTry) {
  EXPECT_EQ(quarter(8).value(), 2);
  EXPECT_EQ(quarter(6).error().text(), "n: odd (give an even one)");
  EXPECT_EQ(code_name(Code::kDataLoss), "DATA_LOSS");
}

TEST(VirtualClock, StandsStillUntilMoved) {
  VirtualClock clock({100});
  EXPECT_EQ(clock.now().ns, 100);
  clock.sleep(Nanos(5));
  EXPECT_EQ(clock.now().ns, 105);
  clock.jump(Nanos(-50));
  EXPECT_EQ(clock.now().ns, 55);
  EXPECT_EQ(clock.steady().count(), 5) << "steady time does not jump";
}

TEST(Random, IsTheSameFromTheSameSeed) {
  Random a(7), b(7), c(8);
  EXPECT_EQ(a.next(), b.next());
  EXPECT_NE(a.next(), c.next());
  for (int i = 0; i < 1000; ++i) {
    EXPECT_LT(a.below(10), 10u);
    double u = a.uniform();
    EXPECT_TRUE(u >= 0 && u < 1);
  }
}

TEST(FaultPoint, IsOffUnlessArmed) {
  arm_fault_points(0);
  fault_point("x");
  EXPECT_EQ(fault_tear("x", 100), 100u);
  EXPECT_EXIT(({
                arm_fault_points(2);
                fault_point("a");
                fault_point("b");
              }),
              testing::KilledBySignal(SIGKILL), "");
}

// What a Progress writes when it is told of `steps`: seconds after the start, fraction.
std::string progress_of(std::initializer_list<std::pair<int, double>> steps) {
  unsetenv("FOVEA_QUIET");
  VirtualClock clock({0});
  std::FILE* out = std::tmpfile();
  Progress progress("training", clock, out);
  int at = 0;
  for (auto [seconds, fraction] : steps) {
    clock.advance(std::chrono::seconds(seconds - at));
    at = seconds;
    progress.update(fraction, fmt::format("loss {}", fraction));
  }
  progress.done("accuracy 0.9");
  std::rewind(out);
  char text[2048] = {};
  size_t n = std::fread(text, 1, sizeof text - 1, out);
  std::fclose(out);
  return {text, n};
}

TEST(Progress, WritesALineWithTheTimeLeft) {
  std::string written = progress_of({{10, 0.5}, {10, 0.6}});
  EXPECT_NE(written.find("training:  50 %  10 s left  loss 0.5"), std::string::npos) << written;
  EXPECT_EQ(written.find("loss 0.6"), std::string::npos) << "too soon after the last line";
  EXPECT_NE(written.find("done in 10.0 s"), std::string::npos) << written;
}

TEST(Progress, AQuickBeginningPromisesNothing) {
  std::string written = progress_of({{1, 0.1}, {201, 0.2}, {301, 0.25}, {401, 0.3}});
  EXPECT_NE(written.find("30 %  23 min left"), std::string::npos) << written;  // 400 s for the last fifth of the work
}

}  // namespace
}  // namespace fovea
