// Linear layers beside the peak of the vector unit, measured in the same run: those of six encoder layers in their
// order, so that the weights come from where they come from in a model. One thread, CPU time, the best of several
// rounds. Usage: linear_bench [fp32|bf16|int8|384|768]...; 384 is MiniLM-L6's width, 768 half of BERT-base.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "base/cpu_time.h"
#include "base/random.h"
#include "engine/kernels/packed_linear.h"

namespace {
using namespace fovea;
using namespace fovea::kernels;

template <typename F>
double best_seconds(int rounds, F f) {
  double best = 1e30;
  for (int i = 0; i < rounds; ++i) {
    const double begin = thread_cpu_seconds();
    f();
    best = std::min(best, thread_cpu_seconds() - begin);
  }
  return best;
}

std::vector<float> numbers(size_t count, uint64_t seed) {
  Random random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random.uniform() * 2 - 1);
  return values;
}

double peak_gops(const IsaKernels& isa, Precision precision) {
  constexpr int64_t kRounds = 2'000'000;  // some 10 ms: a core that slept is at its speed by then
  float sink = 0;
  const auto operations = static_cast<double>(isa.peak(precision, kRounds, &sink));
  return operations / best_seconds(7, [&] { isa.peak(precision, kRounds, &sink); }) * 1e-9;
}

struct Shape {  // in hidden widths
  int64_t in, out;
  Epilogue epilogue;
};
constexpr Shape kLayer[] = {
    {1, 3, Epilogue::kNone}, {1, 1, Epilogue::kNone}, {1, 4, Epilogue::kGelu}, {4, 1, Epilogue::kNone}};

void run(const IsaKernels& isa, Precision precision, int64_t hidden) {
  std::vector<PackedLinear> layers;
  double weights = 0;
  for (uint64_t i = 0; i < 24; ++i) {
    const int64_t in = kLayer[i % 4].in * hidden, out = kLayer[i % 4].out * hidden;
    const auto w = numbers(static_cast<size_t>(in * out), i);
    layers.emplace_back(tensor::ConstMatrix(w.data(), out, in), std::span<const float>(), LinearOptions{precision});
    weights += static_cast<double>(in * out);
  }
  const double peak = peak_gops(isa, precision);
  fmt::print("{} {} width {}: peak {:.0f} Gop/s\n", isa.name, precision_name(precision), hidden, peak);
  for (int64_t rows : {1, 4, 8, 15, 16, 24, 32, 64, 128, 200, 256}) {
    const auto x = numbers(static_cast<size_t>(rows * 4 * hidden), 99);
    tensor::Arena arena;
    const tensor::Arena::Scope scope(arena);
    const auto y = arena.take<float>(static_cast<size_t>(rows * 4 * hidden));  // as a model's, at a line's begin
    const auto narrow = prepare_rows(isa, {x.data(), rows, hidden}, precision, arena);
    const auto wide = prepare_rows(isa, {x.data(), rows, 4 * hidden}, precision, arena);
    const double seconds = best_seconds(rows < 64 ? 30 : 10, [&] {
      for (size_t i = 0; i < layers.size(); ++i)
        layers[i].run(isa, kLayer[i % 4].in == 1 ? narrow : wide, {y.data(), rows, kLayer[i % 4].out * hidden},
                      kLayer[i % 4].epilogue);
    });
    const double gops = 2 * weights * static_cast<double>(rows) / seconds * 1e-9;
    uint64_t hash = 0xCBF29CE484222325u;
    for (float value : y) {
      uint32_t bits;
      std::memcpy(&bits, &value, sizeof bits);
      hash = (hash ^ bits) * 0x100000001B3u;
    }
    fmt::print("  rows {:4}  {:8.3f} ms  {:6.2f} us/row  {:5.0f} Gop/s  {:3.0f} %  hash {:016x}\n", rows, seconds * 1e3,
               seconds * 1e6 / static_cast<double>(rows), gops, 100 * gops / peak, hash);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto isa = isa_from_environment();
  if (!isa) {
    fmt::print(stderr, "{}\n", isa.error().text());
    return 2;
  }
  const auto named = [&](std::string_view name) { return std::find(argv + 1, argv + argc, name) != argv + argc; };
  const bool any_precision = !named("fp32") && !named("bf16") && !named("int8"),
             any_width = !named("384") && !named("768");
  for (Precision precision : {Precision::kFp32, Precision::kBf16, Precision::kInt8})
    for (int64_t hidden : {384, 768})
      if ((any_precision || named(precision_name(precision))) && (any_width || named(std::to_string(hidden))))
        run(**isa, precision, hidden);
}
