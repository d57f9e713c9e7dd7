#include "engine/kernels/isa.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "engine/kernels/isa_avx2.h"
#include "engine/kernels/isa_avx512.h"
#include "engine/kernels/isa_baseline.h"
#include "engine/kernels/packed_linear.h"
#include "engine/kernels/scalar.h"

namespace fovea::kernels {
namespace {

std::vector<float> numbers(size_t count, uint64_t seed) {
  Random random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random.uniform() * 2 - 1);
  return values;
}

class EveryIsa : public ::testing::TestWithParam<const IsaKernels*> {
 protected:
  const IsaKernels& isa() const { return *GetParam(); }
};
INSTANTIATE_TEST_SUITE_P(Kernels, EveryIsa, ::testing::ValuesIn(available_isas()),
                         [](const auto& info) { return std::string(info.param->name); });

struct LinearCase {
  int64_t rows, in, out, offset;  // offset: floats that x is shifted by, for misalignment
};

void compare_linear(const IsaKernels& isa, const LinearCase& c, Epilogue epilogue, bool residual) {
  SCOPED_TRACE(testing::Message() << c.rows << "x" << c.in << "x" << c.out << " +" << c.offset);
  const auto x = numbers(static_cast<size_t>((c.rows + 1) * (c.in + c.offset) + 1), 1);
  const auto weight = numbers(static_cast<size_t>(c.out * c.in), 2), bias = numbers(static_cast<size_t>(c.out), 3);
  const auto more = numbers(static_cast<size_t>(c.rows * c.out), 4);
  const tensor::ConstMatrix xs(x.data() + c.offset, c.rows, c.in, c.in + c.offset);
  const tensor::ConstMatrix ws(weight.data(), c.out, c.in);
  std::vector<float> y(static_cast<size_t>(c.rows * (c.out + 1)), -77.0f);
  tensor::Arena arena;
  const PackedLinear linear(ws, bias);
  linear.run(isa, xs, {y.data(), c.rows, c.out, c.out + 1}, arena, epilogue,
             residual ? tensor::ConstMatrix(more.data(), c.rows, c.out) : tensor::ConstMatrix());
  const auto want = scalar::linear(xs, ws, bias);
  for (int64_t r = 0; r < c.rows; ++r) {
    for (int64_t o = 0; o < c.out; ++o) {
      const auto at = static_cast<size_t>(r * c.out + o);
      double value = want[at];
      if (epilogue == Epilogue::kGelu) value = scalar::gelu(value);
      if (epilogue == Epilogue::kRelu) value = std::max(value, 0.0);
      if (residual) value += more[at];
      ASSERT_NEAR(y[static_cast<size_t>(r * (c.out + 1) + o)], value,
                  2e-6 * std::sqrt(static_cast<double>(c.in)) + 1e-6);
    }
    ASSERT_EQ(y[static_cast<size_t>(r * (c.out + 1) + c.out)], -77.0f) << "wrote behind the row";
  }
}

TEST_P(EveryIsa, LinearIsTheSpecification) {
  for (int64_t rows = 0; rows <= 2 * isa().rows_per_block + 1; ++rows)
    for (int64_t out : {1, 31, 32, 33, 64}) compare_linear(isa(), {rows, 17, out, rows % 3}, Epilogue::kNone, false);
  for (int64_t in : {1, 2, 15, 16, 17, 384, 1000}) compare_linear(isa(), {5, in, 40, 1}, Epilogue::kGelu, true);
  compare_linear(isa(), {4 * isa().rows_per_block + 3, 48, 96, 0}, Epilogue::kRelu, true);
}

TEST_P(EveryIsa, ARowOfALinearLayerDependsOnThatRowAlone) {
  constexpr int64_t kIn = 384, kOut = 100, kRows = 67;
  const auto x = numbers(kRows * kIn, 1), weight = numbers(kOut * kIn, 2), bias = numbers(kOut, 3);
  const PackedLinear linear(tensor::ConstMatrix(weight.data(), kOut, kIn), bias);
  tensor::Arena arena;
  std::vector<float> together(kRows * kOut), alone(kOut);
  linear.run(isa(), {x.data(), kRows, kIn}, {together.data(), kRows, kOut}, arena, Epilogue::kGelu);
  for (int64_t r = 0; r < kRows; ++r) {
    linear.run(isa(), {x.data() + r * kIn, 1, kIn}, {alone.data(), 1, kOut}, arena, Epilogue::kGelu);
    ASSERT_TRUE(std::equal(alone.begin(), alone.end(), together.begin() + r * kOut)) << r;
  }
}

TEST_P(EveryIsa, ResidualMayBeTheOutput) {
  const auto x = numbers(5 * 8, 1), weight = numbers(8 * 8, 2);
  const tensor::ConstMatrix xs(x.data(), 5, 8), ws(weight.data(), 8, 8);
  auto y = numbers(5 * 8, 4);
  const auto before = y;
  tensor::Arena arena;
  PackedLinear(ws, {}).run(isa(), xs, {y.data(), 5, 8}, arena, Epilogue::kNone, tensor::ConstMatrix(y.data(), 5, 8));
  const auto want = scalar::linear(xs, ws, {});
  for (size_t i = 0; i < y.size(); ++i) ASSERT_NEAR(y[i], want[i] + before[i], 1e-6);
}

struct AttentionRun {
  std::vector<float> out, focus;
};

AttentionRun attend(const IsaKernels& isa, const std::vector<float>& qkv, int64_t rows, int64_t dim, int64_t queries,
                    int64_t focus_rows) {
  AttentionRun run;
  run.out.assign(static_cast<size_t>(rows * dim), -77.0f);
  run.focus.assign(static_cast<size_t>(rows), 0.0f);
  std::vector<float> scratch(static_cast<size_t>(isa.attention_scratch(rows, dim)));
  isa.attention({.q = qkv.data(),
                 .k = qkv.data() + dim,
                 .v = qkv.data() + 2 * dim,
                 .stride = 3 * dim,
                 .rows = rows,
                 .head_dim = dim,
                 .queries = queries,
                 .scale = 1.0f / std::sqrt(static_cast<float>(dim)),
                 .out = run.out.data(),
                 .out_stride = dim,
                 .focus = focus_rows > 0 ? run.focus.data() : nullptr,
                 .focus_rows = focus_rows,
                 .focus_scale = focus_rows > 0 ? 1.0f / static_cast<float>(focus_rows) : 0.0f,
                 .scratch = scratch.data()});
  return run;
}

void compare_attention(const IsaKernels& isa, int64_t rows, int64_t dim, float spread) {
  SCOPED_TRACE(testing::Message() << rows << " rows of " << dim << " spread " << spread);
  auto qkv = numbers(static_cast<size_t>(rows * 3 * dim), static_cast<uint64_t>(rows * 1000 + dim));
  for (float& value : qkv) value *= spread;
  const tensor::ConstMatrix all(qkv.data(), rows, 3 * dim);
  std::vector<double> weights;
  const auto want = scalar::attention(all.col_range(0, dim), all.col_range(dim, dim), all.col_range(2 * dim, dim),
                                      1 / std::sqrt(static_cast<double>(dim)), &weights);
  const auto got = attend(isa, qkv, rows, dim, rows, rows);
  for (size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got.out[i], want[i], 3e-6 * spread * spread);
  for (int64_t j = 0; j < rows; ++j) {
    double mean = 0;
    for (int64_t r = 0; r < rows; ++r) mean += weights[static_cast<size_t>(r * rows + j)] / static_cast<double>(rows);
    ASSERT_NEAR(got.focus[static_cast<size_t>(j)], mean, 2e-6 * spread * spread);
  }
  // The first row alone is the same to the bit, and nothing else is written.
  const auto first = attend(isa, qkv, rows, dim, 1, 1);
  for (int64_t d = 0; d < dim; ++d) ASSERT_EQ(first.out[static_cast<size_t>(d)], got.out[static_cast<size_t>(d)]);
  for (size_t i = static_cast<size_t>(dim); i < first.out.size(); ++i) ASSERT_EQ(first.out[i], -77.0f);
}

TEST_P(EveryIsa, AttentionIsTheSpecification) {
  for (int64_t rows = 1; rows <= 70; ++rows) compare_attention(isa(), rows, 32, 1);
  for (int64_t dim : {1, 3, 8, 31, 33, 64, 80}) compare_attention(isa(), 19, dim, 1);
  for (int64_t rows : {128, 511, 512}) compare_attention(isa(), rows, 64, 1);
  compare_attention(isa(), 40, 32, 12);  // scores far apart: most weights vanish
}

TEST_P(EveryIsa, AttentionOfNothingDoesNothing) {
  const auto run = attend(isa(), {}, 0, 32, 0, 0);
  EXPECT_TRUE(run.out.empty());
}

TEST_P(EveryIsa, LayerNormIsTheSpecification) {
  for (int64_t cols = 1; cols <= 70; ++cols) {
    const auto x = numbers(static_cast<size_t>(3 * cols + 1), static_cast<uint64_t>(cols));
    const auto weight = numbers(static_cast<size_t>(cols), 5), bias = numbers(static_cast<size_t>(cols), 6);
    auto y = x;
    isa().layer_norm(y.data() + 1, cols, 3, cols, weight.data(), bias.data(), 1e-5f);
    const auto want = scalar::layer_norm({x.data() + 1, 3, cols}, weight, bias, 1e-5);
    for (size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(y[i + 1], want[i], 5e-6) << cols;
    ASSERT_EQ(y[0], x[0]);
  }
}

TEST_P(EveryIsa, LayerNormOfEqualValuesIsTheBias) {
  std::vector<float> x(40, 3.25f), weight(40, 2.0f), bias(40, 0.5f);
  isa().layer_norm(x.data(), 40, 1, 40, weight.data(), bias.data(), 1e-12f);
  for (float value : x) ASSERT_EQ(value, 0.5f);
}

TEST_P(EveryIsa, GeluIsTheSpecification) {
  std::vector<float> x;
  for (float value = -12; value <= 12; value += 0.0007f) x.push_back(value);
  auto y = x;
  isa().gelu(y.data(), static_cast<int64_t>(y.size()));
  for (size_t i = 0; i < x.size(); ++i)
    ASSERT_NEAR(y[i], scalar::gelu(x[i]), 5e-7 * std::max(1.0f, std::abs(x[i]))) << x[i];
  for (size_t count = 0; count < 40; ++count) {
    std::vector<float> z(x.begin() + 9000, x.begin() + 9040);
    isa().gelu(z.data(), static_cast<int64_t>(count));
    for (size_t i = 0; i < z.size(); ++i) ASSERT_EQ(z[i], i < count ? y[9000 + i] : x[9000 + i]);
  }
}

TEST(Isa, TablesAreNamedAndListedSlowestFirst) {
  EXPECT_EQ(available_isas().front(), &baseline_kernels());
#if defined(__x86_64__)
  EXPECT_STREQ(avx2_kernels().name, "avx2");
  EXPECT_STREQ(avx512_kernels().name, "avx512");
  EXPECT_LT(avx2_kernels().rows_per_block, avx512_kernels().rows_per_block);
#endif
}

TEST(Isa, IsChosenByName) {
  EXPECT_EQ(choose_isa("").value(), available_isas().back());
  EXPECT_STREQ(choose_isa("baseline").value()->name, "baseline");
  const auto wrong = choose_isa("avx521");
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().code, Code::kInvalidArgument);
  EXPECT_NE(wrong.error().hint.find("avx512"), std::string::npos);
}

}  // namespace
}  // namespace fovea::kernels
