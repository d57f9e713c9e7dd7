#include "engine/kernels/packed_linear.h"

#include <cmath>

#include "engine/kernels/kernel_numbers_test.h"
#include "engine/kernels/scalar.h"

namespace fovea::kernels {
namespace {

class EveryIsaLinear : public OnEveryIsa {};
INSTANTIATE_TEST_SUITE_P(Kernels, EveryIsaLinear, ::testing::ValuesIn(available_isas()), isa_test_name);

struct LinearCase {
  int64_t rows, in, out, offset;  // offset: floats that x is shifted by, for misalignment
};

// How far an output may be from the specification, for inputs in [-1, 1).
double tolerance(Precision precision, int64_t in) {
  const double root = std::sqrt(static_cast<double>(in));
  if (precision == Precision::kInt8) return 0.012 * root + 1e-6;  // two roundings of 1/254, four standard errors
  if (precision == Precision::kBf16) return 0.009 * root + 1e-6;
  return 2e-6 * root + 1e-6;
}

void compare_linear(const IsaKernels& isa, const LinearCase& c, Epilogue epilogue, bool residual,
                    LinearOptions options = {}) {
  SCOPED_TRACE(testing::Message() << precision_name(options.precision) << " " << c.rows << "x" << c.in << "x" << c.out
                                  << " +" << c.offset);
  const auto x = numbers(static_cast<size_t>((c.rows + 1) * (c.in + c.offset) + 1), 1);
  const auto weight = numbers(static_cast<size_t>(c.out * c.in), 2), bias = numbers(static_cast<size_t>(c.out), 3);
  const auto more = numbers(static_cast<size_t>(c.rows * c.out), 4);
  const tensor::ConstMatrix xs(x.data() + c.offset, c.rows, c.in, c.in + c.offset);
  const tensor::ConstMatrix ws(weight.data(), c.out, c.in);
  std::vector<float> y(static_cast<size_t>(c.rows * (c.out + 1)), -77.0f);
  tensor::Arena arena;
  const PackedLinear linear(ws, bias, options);
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
      ASSERT_NEAR(y[static_cast<size_t>(r * (c.out + 1) + o)], value, tolerance(options.precision, c.in));
    }
    ASSERT_EQ(y[static_cast<size_t>(r * (c.out + 1) + c.out)], -77.0f) << "wrote behind the row";
  }
}

TEST_P(EveryIsaLinear, IsTheSpecification) {
  for (Precision precision : {Precision::kFp32, Precision::kBf16, Precision::kInt8}) {
    for (int64_t rows = 0; rows <= 2 * isa().rows_per_block + 1; ++rows)
      for (int64_t out : {1, 31, 32, 33, 64})
        compare_linear(isa(), {rows, 17, out, rows % 3}, Epilogue::kNone, false, {precision});
    for (int64_t in : {1, 2, 15, 16, 17, 63, 64, 65, 384, 1000})
      compare_linear(isa(), {5, in, 40, 1}, Epilogue::kGelu, true, {precision});
    compare_linear(isa(), {4 * isa().rows_per_block + 3, 48, 96, 0}, Epilogue::kRelu, true, {precision});
    // Whole panels from the registers of their sums, of every height of a block.
    for (int64_t rows = 1; rows <= 3 * isa().rows_per_block + 1; ++rows)
      for (Epilogue epilogue : {Epilogue::kNone, Epilogue::kGelu})
        for (bool residual : {false, true}) compare_linear(isa(), {rows, 100, 96, 0}, epilogue, residual, {precision});
    compare_linear(isa(), {37, 384, 96, 0}, Epilogue::kGelu, false, {precision});
    compare_linear(isa(), {30, 1100, 100, 1}, Epilogue::kGelu, true, {precision});
  }
  compare_linear(isa(), {7, 100, 40, 0}, Epilogue::kNone, false, {Precision::kFp32, true});
}

TEST_P(EveryIsaLinear, ARowDependsOnThatRowAlone) {
  constexpr int64_t kIn = 384, kOut = 100, kRows = 67;
  const auto x = numbers(kRows * kIn, 1), weight = numbers(kOut * kIn, 2), bias = numbers(kOut, 3);
  for (Precision precision : {Precision::kFp32, Precision::kBf16, Precision::kInt8}) {
    const PackedLinear linear(tensor::ConstMatrix(weight.data(), kOut, kIn), bias, {precision});
    tensor::Arena arena;
    std::vector<float> together(kRows * kOut), alone(kOut);
    linear.run(isa(), {x.data(), kRows, kIn}, {together.data(), kRows, kOut}, arena, Epilogue::kGelu);
    for (int64_t r = 0; r < kRows; ++r) {
      linear.run(isa(), {x.data() + r * kIn, 1, kIn}, {alone.data(), 1, kOut}, arena, Epilogue::kGelu);
      ASSERT_TRUE(std::equal(alone.begin(), alone.end(), together.begin() + r * kOut)) << r;
    }
  }
}

TEST_P(EveryIsaLinear, ARowOfADeepLayerDependsOnThatRowAlone) {
  constexpr int64_t kIn = 1700, kOut = 1500, kRows = 45;  // two chunks of rows, four blocks of depth, a part of a panel
  const auto x = numbers(kRows * kIn, 1), weight = numbers(kOut * kIn, 2), bias = numbers(kOut, 3);
  const PackedLinear linear(tensor::ConstMatrix(weight.data(), kOut, kIn), bias, {Precision::kFp32});
  tensor::Arena arena;
  std::vector<float> together(kRows * kOut), alone(kOut);
  auto more = numbers(kRows * kOut, 4);
  linear.run(isa(), {x.data(), kRows, kIn}, {together.data(), kRows, kOut}, arena, Epilogue::kGelu,
             {more.data(), kRows, kOut});
  for (int64_t r = 0; r < kRows; ++r) {
    linear.run(isa(), {x.data() + r * kIn, 1, kIn}, {alone.data(), 1, kOut}, arena, Epilogue::kGelu,
               {more.data() + r * kOut, 1, kOut});
    ASSERT_TRUE(std::equal(alone.begin(), alone.end(), together.begin() + r * kOut)) << r;
  }
  linear.run(isa(), {x.data(), kRows, kIn}, {more.data(), kRows, kOut}, arena, Epilogue::kGelu,
             {more.data(), kRows, kOut});
  EXPECT_EQ(more, together) << "in place";
}

TEST_P(EveryIsaLinear, Int8AndPortableFp32AreTheSameOnEveryInstructionSet) {
  constexpr int64_t kIn = 200, kOut = 102, kRows = 29;
  const auto x = numbers(kRows * kIn, 1), weight = numbers(kOut * kIn, 2), bias = numbers(kOut, 3);
  for (const LinearOptions& options : {LinearOptions{Precision::kInt8}, LinearOptions{Precision::kFp32, true}})
    for (Epilogue epilogue : {Epilogue::kNone, Epilogue::kRelu, Epilogue::kGelu}) {
      if (epilogue == Epilogue::kGelu && options.precision == Precision::kFp32) continue;  // its products may be fused
      const PackedLinear linear(tensor::ConstMatrix(weight.data(), kOut, kIn), bias, options);
      tensor::Arena arena;
      std::vector<float> here(kRows * kOut), first(kRows * kOut);
      linear.run(isa(), {x.data(), kRows, kIn}, {here.data(), kRows, kOut}, arena, epilogue);
      linear.run(*available_isas().front(), {x.data(), kRows, kIn}, {first.data(), kRows, kOut}, arena, epilogue);
      ASSERT_EQ(here, first);
    }
}

TEST_P(EveryIsaLinear, Int8GeluIsTheSameOnEveryInstructionSet) {
  auto here = numbers(1000, 7);
  for (float& value : here) value *= 6;
  auto first = here;
  isa().activate(here.data(), 1000, Epilogue::kGelu, true);
  available_isas().front()->activate(first.data(), 1000, Epilogue::kGelu, true);
  EXPECT_EQ(here, first);
}

TEST_P(EveryIsaLinear, ResidualMayBeTheOutput) {
  for (const auto& [rows, out] : {std::pair<int64_t, int64_t>{5, 8}, {26, 64}}) {
    const auto x = numbers(static_cast<size_t>(rows * 8), 1), weight = numbers(static_cast<size_t>(out * 8), 2);
    const tensor::ConstMatrix xs(x.data(), rows, 8), ws(weight.data(), out, 8);
    auto y = numbers(static_cast<size_t>(rows * out), 4);
    const auto before = y;
    tensor::Arena arena;
    const tensor::Matrix to(y.data(), rows, out);
    PackedLinear(ws, {}).run(isa(), xs, to, arena, Epilogue::kNone, tensor::ConstMatrix(y.data(), rows, out));
    const auto want = scalar::linear(xs, ws, {});
    for (size_t i = 0; i < y.size(); ++i) ASSERT_NEAR(y[i], want[i] + before[i], 1e-6);
  }
}

TEST(PackedLinear, IsMadeFromItsPartsAgain) {
  const auto x = numbers(3 * 50, 1), weight = numbers(40 * 50, 2), bias = numbers(40, 3);
  for (Precision precision : {Precision::kFp32, Precision::kBf16, Precision::kInt8}) {
    const PackedLinear linear(tensor::ConstMatrix(weight.data(), 40, 50), bias, {precision});
    const PackedLinear again = PackedLinear::from_parts(50, 40, {precision}, linear.parts(), nullptr);
    tensor::Arena arena;
    std::vector<float> a(3 * 40), b(3 * 40);
    linear.run(*available_isas().back(), {x.data(), 3, 50}, {a.data(), 3, 40}, arena);
    again.run(*available_isas().back(), {x.data(), 3, 50}, {b.data(), 3, 40}, arena);
    EXPECT_EQ(a, b);
  }
}

}  // namespace
}  // namespace fovea::kernels
