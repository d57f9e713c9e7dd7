#include "engine/kernels/isa.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "base/random.h"
#include "engine/kernels/isa_tables.h"
#include "engine/kernels/kernel_numbers_test.h"
#include "engine/kernels/scalar.h"

namespace fovea::kernels {
namespace {

class EveryIsa : public OnEveryIsa {};
INSTANTIATE_TEST_SUITE_P(Kernels, EveryIsa, ::testing::ValuesIn(available_isas()), isa_test_name);

void norm(const IsaKernels& isa, float* x, int64_t rows, int64_t cols, const float* weight, const float* bias,
          float eps) {
  NormCall call{};
  call.x = x;
  call.x_stride = cols;
  call.rows = rows;
  call.cols = cols;
  call.weight = weight;
  call.bias = bias;
  call.eps = eps;
  isa.norm(call);
}

TEST_P(EveryIsa, LayerNormIsTheSpecification) {
  for (int64_t cols = 1; cols <= 70; ++cols) {
    const auto x = numbers(static_cast<size_t>(3 * cols + 1), static_cast<uint64_t>(cols));
    const auto weight = numbers(static_cast<size_t>(cols), 5), bias = numbers(static_cast<size_t>(cols), 6);
    auto y = x;
    norm(isa(), y.data() + 1, 3, cols, weight.data(), bias.data(), 1e-5f);
    const auto want = scalar::layer_norm({x.data() + 1, 3, cols}, weight, bias, 1e-5);
    for (size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(y[i + 1], want[i], 5e-6) << cols;
    ASSERT_EQ(y[0], x[0]);
  }
}

TEST_P(EveryIsa, LayerNormOfEqualValuesIsTheBias) {
  std::vector<float> x(40, 3.25f), weight(40, 2.0f), bias(40, 0.5f);
  norm(isa(), x.data(), 1, 40, weight.data(), bias.data(), 1e-12f);
  for (float value : x) ASSERT_EQ(value, 0.5f);
}

double specification(Epilogue epilogue, double x) {
  switch (epilogue) {
    case Epilogue::kNone:
      return x;
    case Epilogue::kGelu:
      return scalar::gelu(x);
    case Epilogue::kGeluTanh:
      return x / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    case Epilogue::kRelu:
      return std::max(x, 0.0);
    case Epilogue::kSilu:
      return x / (1 + std::exp(-x));
  }
  return 0;
}

TEST_P(EveryIsa, ActivationsAreTheSpecification) {
  std::vector<float> x;
  for (float value = -12; value <= 12; value += 0.0007f) x.push_back(value);
  for (Epilogue epilogue : {Epilogue::kNone, Epilogue::kGelu, Epilogue::kGeluTanh, Epilogue::kRelu, Epilogue::kSilu})
    for (bool fast : {false, true}) {
      auto y = x;
      isa().activate(y.data(), static_cast<int64_t>(y.size()), epilogue, fast);
      for (size_t i = 0; i < x.size(); ++i)
        ASSERT_NEAR(y[i], specification(epilogue, x[i]), (fast ? 1.3e-4 : 6e-7) * std::max(1.0f, std::abs(x[i])))
            << x[i] << " of " << static_cast<int>(epilogue);
      for (size_t count = 0; count < 40; ++count) {
        std::vector<float> z(x.begin() + 9000, x.begin() + 9040);
        isa().activate(z.data(), static_cast<int64_t>(count), epilogue, fast);
        for (size_t i = 0; i < z.size(); ++i) ASSERT_EQ(z[i], i < count ? y[9000 + i] : x[9000 + i]);
      }
    }
}

TEST_P(EveryIsa, FastGeluIsNearWhateverTheSizeAndKeepsWhatIsNoNumber) {
  std::vector<float> x = {0.0f, -0.0f, 1e-30f, -1e-30f, 3.84f, -3.84f, 100.0f, -100.0f, 1e6f, -1e6f};
  for (float value = -8; value <= 8; value += 0.0003f) x.push_back(value);
  auto y = x;
  isa().activate(y.data(), static_cast<int64_t>(y.size()), Epilogue::kGelu, true);
  for (size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(y[i], scalar::gelu(x[i]), 1.3e-4) << x[i];
  const float none = std::numeric_limits<float>::quiet_NaN(), endless = std::numeric_limits<float>::infinity();
  std::vector<float> odd = {none, -none, endless};
  isa().activate(odd.data(), 3, Epilogue::kGelu, true);
  EXPECT_TRUE(std::isnan(odd[0]) && std::isnan(odd[1]));
  EXPECT_EQ(odd[2], endless);
}

TEST_P(EveryIsa, RotaryTurnsPairsByTheirPosition) {
  constexpr int64_t kRows = 5, kHeads = 3, kDim = 12;
  const auto x = numbers(kRows * kHeads * kDim, 1);
  std::vector<float> table(kRows * kDim), y = x;
  for (int64_t p = 0; p < kRows; ++p)
    for (int64_t d = 0; d < kDim / 2; ++d) {
      table[static_cast<size_t>(p * kDim + d)] = std::cos(static_cast<float>(p * (d + 1)));
      table[static_cast<size_t>(p * kDim + kDim / 2 + d)] = std::sin(static_cast<float>(p * (d + 1)));
    }
  isa().rotary({y.data(), kHeads * kDim, kRows - 1, kHeads, kDim, 1, table.data()});
  for (int64_t r = 0; r + 1 < kRows; ++r)
    for (int64_t h = 0; h < kHeads; ++h)
      for (int64_t d = 0; d < kDim / 2; ++d) {
        const auto at = static_cast<size_t>(r * kHeads * kDim + h * kDim + d);
        const double angle = static_cast<double>((r + 1) * (d + 1));
        ASSERT_NEAR(y[at], x[at] * std::cos(angle) - x[at + kDim / 2] * std::sin(angle), 1e-6);
        ASSERT_NEAR(y[at + kDim / 2], x[at + kDim / 2] * std::cos(angle) + x[at] * std::sin(angle), 1e-6);
      }
  for (size_t i = (kRows - 1) * kHeads * kDim; i < y.size(); ++i) ASSERT_EQ(y[i], x[i]);
}

TEST_P(EveryIsa, PreparedRowsAreTheNearest) {
  constexpr int64_t kRows = 3;
  for (int64_t cols : {1, 15, 16, 17, 63, 64, 65}) {
    const auto x = numbers(static_cast<size_t>(kRows * cols), static_cast<uint64_t>(cols));
    tensor::Arena arena;
    const tensor::Arena::Scope scope(arena);
    const auto bytes = prepare_rows(isa(), {x.data(), kRows, cols}, Precision::kInt8, arena);
    const auto halves = prepare_rows(isa(), {x.data(), kRows, cols}, Precision::kBf16, arena);
    for (int64_t r = 0; r < kRows; ++r) {
      const auto* q = static_cast<const uint8_t*>(bytes.data) + r * bytes.stride;
      const auto* h = reinterpret_cast<const uint16_t*>(static_cast<const char*>(halves.data) + r * halves.stride);
      for (int64_t c = 0; c < bytes.stride; ++c) {
        if (c >= cols) {
          if (c < (cols + 63) / 64 * 64) {
            ASSERT_EQ(q[c], 0);
          }
          continue;
        }
        const float value = x[static_cast<size_t>(r * cols + c)];
        ASSERT_NEAR((q[c] - bytes.zeros[r]) * bytes.scales[r], value, bytes.scales[r] * 0.5001f);
        ASSERT_NEAR(std::bit_cast<float>(static_cast<uint32_t>(h[c]) << 16), value, std::abs(value) / 256);
      }
    }
  }
}

// Rows that lean to one side use every byte: half the step of a symmetric scale.
TEST_P(EveryIsa, RowsOfOneSignAreTwiceAsFine) {
  constexpr int64_t kCols = 70;
  for (float sign : {1.0f, -1.0f}) {
    auto x = numbers(kCols, 5);
    for (float& value : x) value = sign * std::abs(value);
    x[3] = sign * 0.99999f;
    tensor::Arena arena;
    const tensor::Arena::Scope scope(arena);
    const auto row = prepare_rows(isa(), {x.data(), 1, kCols}, Precision::kInt8, arena);
    EXPECT_EQ(row.zeros[0], sign > 0 ? 0 : 254);
    EXPECT_FLOAT_EQ(row.scales[0], 0.99999f / 254);
    const auto* q = static_cast<const uint8_t*>(row.data);
    for (int64_t c = 0; c < kCols; ++c)
      ASSERT_NEAR((q[c] - row.zeros[0]) * row.scales[0], x[static_cast<size_t>(c)], 0.5001f * row.scales[0]);
  }
  const std::vector<float> none(kCols, 0.0f);
  tensor::Arena arena;
  const tensor::Arena::Scope scope(arena);
  const auto row = prepare_rows(isa(), {none.data(), 1, kCols}, Precision::kInt8, arena);
  EXPECT_EQ(row.scales[0], 0.0f);
  EXPECT_EQ(static_cast<const uint8_t*>(row.data)[0], row.zeros[0]);
}

TEST(Isa, TablesAreNamedAndListedSlowestFirst) {
  EXPECT_EQ(available_isas().front(), &baseline_kernels());
#if defined(__x86_64__)
  EXPECT_STREQ(avx2_kernels().name, "avx2");
  EXPECT_STREQ(avx512_bf16_kernels().name, "avx512-bf16");
  EXPECT_STREQ(amx_kernels().name, "amx");
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
