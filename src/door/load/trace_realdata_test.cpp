// The arrivals of a production service, as they are published.
#include <gtest/gtest.h>

#include <cstdio>

#include "door/load/arrivals.h"
#include "door/load/trace.h"

namespace fovea::load {
namespace {

TEST(TraceRealData, TheAzureTraceIsRead) {
  const auto trace = read_trace("../shared/data/azure_llm_trace/AzureLLMInferenceTrace_code.csv");
  if (!trace && trace.error().code == Code::kNotFound) {
    std::puts("skipped: no ../shared/data");
    return;
  }
  ASSERT_TRUE(trace.has_value()) << trace.error().text();
  EXPECT_EQ(trace->rows.size(), 8819u);
  EXPECT_TRUE(trace->has_lengths);
  EXPECT_EQ(trace->rows.front().tokens, 4808u);
  EXPECT_EQ(trace->rows.back().tokens, 549u);
  EXPECT_NEAR(trace->span_s(), 3435.948056, 1e-6);
  EXPECT_NEAR(trace->rate(), 2.567, 0.001);
  Arrivals arrivals({.pattern = Pattern::kTrace, .trace = std::make_shared<const Trace>(*trace), .speed = 100});
  size_t count = 0;
  int64_t last_ns = 0;
  while (const auto arrival = arrivals.next()) {
    ++count;
    ASSERT_GE(arrival->due_ns, last_ns);
    last_ns = arrival->due_ns;
  }
  EXPECT_EQ(count, 8819u);
  EXPECT_NEAR(static_cast<double>(last_ns) * 1e-9, 34.35948, 1e-5);
}

}  // namespace
}  // namespace fovea::load
