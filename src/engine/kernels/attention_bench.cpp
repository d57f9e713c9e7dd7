// Attention alone: 12 heads of 64, fp32, one thread, CPU time. One JSON line a length.
// Usage: attention_bench [--precision fp32|bf16|int8] [--window N] [--heads N] [--dim N] [ROWS]...
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/cpu_time.h"
#include "base/random.h"
#include "engine/kernels/isa.h"
#include "engine/kernels/precision.h"
#include "engine/tensor/arena.h"

namespace {
using namespace fovea;
using namespace fovea::kernels;

struct Setup {
  Precision precision = Precision::kFp32;
  int64_t window = 0, heads = 12, dim = 64;
  std::vector<int64_t> rows;
};

void attend(const IsaKernels& isa, const Setup& setup, int64_t rows, const std::vector<float>& qkv,
            std::vector<float>& out, char* scratch) {
  const int64_t hidden = setup.heads * setup.dim;
  for (int64_t head = 0; head < setup.heads; ++head) {
    AttentionCall call{};
    call.precision = setup.precision;
    call.q = qkv.data() + head * setup.dim;
    call.k = call.q + hidden;
    call.v = call.k + hidden;
    call.q_stride = call.k_stride = call.v_stride = 3 * hidden;
    call.queries = call.keys = rows;
    call.head_dim = setup.dim;
    call.scale = 1.0f / std::sqrt(static_cast<float>(setup.dim));
    call.before = call.after = setup.window > 0 ? setup.window : kAll;
    call.out = out.data() + head * setup.dim;
    call.out_stride = hidden;
    call.scratch = scratch;
    isa.attention(call);
  }
}

void measure(const IsaKernels& isa, const Setup& setup, int64_t rows) {
  const int64_t hidden = setup.heads * setup.dim;
  Random random(7);
  std::vector<float> qkv(static_cast<size_t>(rows * 3 * hidden)), out(static_cast<size_t>(rows * hidden));
  for (float& value : qkv) value = static_cast<float>(random.uniform() * 2 - 1);
  tensor::Arena arena;
  const tensor::Arena::Scope scope(arena);
  char* scratch = arena.take<char>(static_cast<size_t>(isa.attention_scratch(rows, setup.dim))).data();
  const int64_t inner = std::max<int64_t>(1, 200'000 / (rows * rows + 100 * rows));
  double best = 1e30;
  const int rounds = rows >= 2048 ? 3 : 10;
  for (int round = 0; round < rounds; ++round) {
    const double begin = thread_cpu_seconds();
    for (int64_t i = 0; i < inner; ++i) attend(isa, setup, rows, qkv, out, scratch);
    best = std::min(best, (thread_cpu_seconds() - begin) / static_cast<double>(inner));
  }
  uint64_t hash = 0xCBF29CE484222325u;
  for (float value : out) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    hash = (hash ^ bits) * 0x100000001B3u;
  }
  fmt::print(
      "{{\"rows\":{},\"heads\":{},\"head_dim\":{},\"window\":{},\"precision\":\"{}\",\"isa\":\"{}\",\"ms\":{:.5f},"
      "\"gflops\":{:.0f},\"hash\":\"{:016x}\"}}\n",
      rows, setup.heads, setup.dim, setup.window, precision_name(setup.precision), isa.name, best * 1e3,
      4e-9 * static_cast<double>(rows * rows * hidden) / best, hash);
}

}  // namespace

int main(int argc, char** argv) {
  Setup setup;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "";
    if (word == "--precision") {
      const auto precision = parse_precision(value);
      if (!precision) return fmt::print(stderr, "{}\n", precision.error().text()), 2;
      setup.precision = *precision;
    } else if (word == "--window") {
      setup.window = std::atoll(value);
    } else if (word == "--heads") {
      setup.heads = std::max(1LL, std::atoll(value));
    } else if (word == "--dim") {
      setup.dim = std::max(1LL, std::atoll(value));
    } else {
      setup.rows.push_back(std::max(1LL, std::atoll(argv[i])));
      continue;
    }
    ++i;
  }
  if (setup.rows.empty()) setup.rows = {16, 32, 64, 128, 256, 512, 1024, 2048, 4096};
  const auto isa = isa_from_environment();
  if (!isa) return fmt::print(stderr, "{}\n", isa.error().text()), 2;
  for (int64_t rows : setup.rows) measure(**isa, setup, rows);
}
