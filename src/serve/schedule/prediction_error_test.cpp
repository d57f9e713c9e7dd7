#include "serve/schedule/prediction_error.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace fovea::schedule {
namespace {

// Groups of 20 ms that take up to `noise` more or less.
double margin_after(PredictionError& error, double noise, double factor = 1, int groups = 2000) {
  Random random(9);
  for (int i = 0; i < groups; ++i) error.note(20e6, 20e6 * factor * (1 + noise * (2 * random.uniform() - 1)));
  return error.margin();
}

TEST(PredictionError, ErrorsOfGroupsCancelOut) {
  PredictionError exact, noisy;
  EXPECT_DOUBLE_EQ(margin_after(exact, 0), 1.01);
  const double margin = margin_after(noisy, 0.3);
  EXPECT_GT(margin, 1.1);
  EXPECT_LT(margin, 1.3) << "not what a single group may err by";
}

TEST(PredictionError, AMachineThatIsSlowerThanPredictedIsAllowedFor) {
  PredictionError error;
  EXPECT_NEAR(margin_after(error, 0, 1.2), 1.2, 0.001);
  EXPECT_DOUBLE_EQ(margin_after(error, 0), 1.01) << "and forgotten";
}

TEST(PredictionError, IsBoundedAndTakesNothingThatSaysNothing) {
  PredictionError error;
  const double before = error.margin();
  error.note(0, 5);
  error.note(5, 0);
  EXPECT_EQ(error.margin(), before);
  EXPECT_LE(margin_after(error, 0, 100), 1.5);
  EXPECT_GE(margin_after(error, 0, 0.01), 1.01);
}

}  // namespace
}  // namespace fovea::schedule
