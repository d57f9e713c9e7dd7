// The AMX kernel, on emulated tiles: the same source as isa_amx.cpp with the lanes of the baseline.
#include <cmath>

#include "engine/kernels/isa_tables.h"
#include "engine/kernels/kernel_numbers_test.h"
#include "engine/kernels/scalar.h"

// The intrinsics' own header first: the tiles below take over their names.
#if defined(__x86_64__)
#include <immintrin.h>
#undef _tile_zero
#undef _tile_loadd
#undef _tile_stored
#undef _tile_dpbusd
#undef _tile_dpbf16ps
#undef _tile_loadconfig
#undef _tile_release
#endif
#include "engine/kernels/amx_tiles_test.h"

#define FOVEA_ISA amx_emulated
#define FOVEA_LANES 4
#define FOVEA_BLOCK_ROWS 4
#define FOVEA_VNNI 0
#define FOVEA_BF16 0
#define FOVEA_AMX 1
#include "engine/kernels/isa_kernels.inc"

namespace fovea::kernels {
namespace {

const IsaKernels& emulated_amx() {
  static constexpr IsaKernels kTable = amx_emulated::table("amx-emulated");
  return kTable;
}

std::vector<float> run(const IsaKernels& isa, Precision precision, int64_t rows, int64_t in, int64_t out,
                       Epilogue epilogue) {
  const auto x = numbers(static_cast<size_t>(rows * in), 1), weight = numbers(static_cast<size_t>(out * in), 2);
  const auto bias = numbers(static_cast<size_t>(out), 3);
  const PackedLinear linear(tensor::ConstMatrix(weight.data(), out, in), bias, {precision});
  tensor::Arena arena;
  std::vector<float> y(static_cast<size_t>(rows * out));
  linear.run(isa, {x.data(), rows, in}, {y.data(), rows, out}, arena, epilogue);
  return y;
}

TEST(AmxEmulated, Int8HasTheBitsOfTheBaseline) {
  for (int64_t rows : {1, 2, 15, 16, 17, 31, 32, 33, 48, 64, 65, 100, 500})
    for (int64_t in : {1, 63, 64, 65, 200})
      ASSERT_EQ(run(emulated_amx(), Precision::kInt8, rows, in, 70, Epilogue::kGelu),
                run(baseline_kernels(), Precision::kInt8, rows, in, 70, Epilogue::kGelu))
          << rows << " rows of " << in;
}

TEST(AmxEmulated, Bf16IsNearTheBaseline) {
  for (int64_t rows : {1, 16, 17, 32, 33, 100})
    for (int64_t in : {1, 31, 32, 33, 384}) {
      const auto got = run(emulated_amx(), Precision::kBf16, rows, in, 40, Epilogue::kNone);
      const auto want = run(baseline_kernels(), Precision::kBf16, rows, in, 40, Epilogue::kNone);
      for (size_t i = 0; i < got.size(); ++i)
        ASSERT_NEAR(got[i], want[i], 1e-6 * std::sqrt(static_cast<double>(in)) + 1e-6) << rows << " rows of " << in;
    }
}

TEST(AmxEmulated, ARowDependsOnThatRowAlone) {
  const auto x = numbers(70 * 96, 1), weight = numbers(40 * 96, 2);
  for (Precision precision : {Precision::kBf16, Precision::kInt8}) {
    const PackedLinear linear(tensor::ConstMatrix(weight.data(), 40, 96), {}, {precision});
    tensor::Arena arena;
    std::vector<float> together(70 * 40), alone(40);
    linear.run(emulated_amx(), {x.data(), 70, 96}, {together.data(), 70, 40}, arena);
    for (int64_t r = 0; r < 70; ++r) {
      linear.run(emulated_amx(), {x.data() + r * 96, 1, 96}, {alone.data(), 1, 40}, arena);
      ASSERT_TRUE(std::equal(alone.begin(), alone.end(), together.begin() + r * 40)) << r;
    }
  }
}

TEST(AmxEmulated, TilesAreConfiguredOnceABlockHeight) {
  emulated::configurations = 0;
  run(emulated_amx(), Precision::kInt8, 70, 64, 320, Epilogue::kNone);
  EXPECT_EQ(emulated::configurations, 2);  // 64 rows, then 6
  EXPECT_FALSE(emulated::configured) << "tiles were not released";
}

}  // namespace
}  // namespace fovea::kernels
