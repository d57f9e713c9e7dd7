#include "engine/kernels/attention_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "base/cpu_time.h"
#include "base/files.h"
#include "base/json.h"
#include "base/random.h"
#include "engine/tensor/arena.h"

namespace fovea::kernels {
namespace {

constexpr int64_t kFileBytesMax = 1 << 20;
constexpr int64_t kQueriesMeasured = 192;  // each block divides it

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name") || line.starts_with("CPU part")) return line.substr(line.find(':') + 1);
  return "unknown";
}

std::string key_of(const IsaKernels& isa, Precision precision, int64_t head_dim) {
  return fmt::format("{} | {} | {} | {}", processor_name(), isa.name, precision_name(precision), head_dim);
}

}  // namespace

AttentionPlan AttentionPlan::measure(const IsaKernels& isa, Precision precision, int64_t head_dim) {
  AttentionPlan plan;
  const int64_t longest = 4096;
  Random random(1);
  std::vector<float> rows(static_cast<size_t>(longest * head_dim));
  for (float& value : rows) value = static_cast<float>(random.uniform() * 2 - 1);
  std::vector<float> out(static_cast<size_t>(kQueriesMeasured * head_dim));
  tensor::Arena arena;
  const tensor::Arena::Scope scope(arena);
  AttentionCall call{};
  call.precision = precision;
  call.q = call.k = call.v = rows.data();
  call.q_stride = call.k_stride = call.v_stride = call.out_stride = head_dim;
  call.queries = kQueriesMeasured;
  call.head_dim = head_dim;
  call.scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
  call.before = call.after = kAll;
  call.out = out.data();
  call.scratch = arena.take<char>(static_cast<size_t>(isa.attention_scratch(longest, head_dim))).data();
  for (size_t i = 0; i < kLengths.size(); ++i) {
    call.keys = std::min(kLengths[i], longest);
    std::array<double, kBlocks.size()> best;
    best.fill(1e30);
    for (int round = 0; round < 3; ++round)
      for (size_t b = 0; b < kBlocks.size(); ++b) {
        call.query_block = kBlocks[b];
        const double begin = thread_cpu_seconds();
        isa.attention(call);
        best[b] = std::min(best[b], thread_cpu_seconds() - begin);
      }
    plan.blocks_[i] = kBlocks[static_cast<size_t>(std::ranges::min_element(best) - best.begin())];
  }
  return plan;
}

AttentionPlan AttentionPlan::of_host(const std::string& file, const IsaKernels& isa, Precision precision,
                                     int64_t head_dim) {
  const std::string key = key_of(isa, precision, head_dim);
  Json kept = JsonObject();
  if (const auto text = file.empty() ? Result<std::string>("") : read_file(file, kFileBytesMax); text && !text->empty())
    if (auto json = parse_json(*text); json && json->is_object()) kept = std::move(*json);
  AttentionPlan plan;
  if (const Json& blocks = member(kept, key); blocks.is_array() && blocks.get_array().size() == kLengths.size()) {
    bool sound = true;
    for (size_t i = 0; i < kLengths.size(); ++i) {
      plan.blocks_[i] = static_cast<int64_t>(number_or(blocks.get_array()[i], -1));
      sound &= std::ranges::count(kBlocks, plan.blocks_[i]) > 0;
    }
    if (sound) return plan;
  }
  plan = measure(isa, precision, head_dim);
  if (file.empty()) return plan;
  JsonArray blocks;
  for (int64_t block : plan.blocks_) blocks.emplace_back(block);
  kept.get_object()[key] = std::move(blocks);
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(file).parent_path(), ignored);
  (void)RealFiles().write_atomic(file, to_text(kept) + "\n");
  return plan;
}

int64_t AttentionPlan::query_block(int64_t keys) const {
  for (size_t i = 0; i + 1 < kLengths.size(); ++i)
    if (keys <= kLengths[i]) return blocks_[i];
  return blocks_.back();
}

std::string attention_plan_file() {
  const auto value = [](const char* name) {
    const char* found = std::getenv(name);
    return std::string(found ? found : "");
  };
  if (const auto own = value("FOVEA_CACHE"); !own.empty()) return own + "/attention.json";
  if (const auto cache = value("XDG_CACHE_HOME"); !cache.empty()) return cache + "/fovea/attention.json";
  if (const auto home = value("HOME"); !home.empty()) return home + "/.cache/fovea/attention.json";
  return "";
}

}  // namespace fovea::kernels
