// How attention is blocked for each length of sequence: what a measurement on this host said is fastest, kept in a file
// so that it is made once. Blocking changes no bit of any answer (isa_table.h), so a plan may differ between hosts.
// Journey: EncoderStack takes a plan when a model is loaded whose sequences can be longer than one block of keys.
// Threads: any. Errors: none: a cache that cannot be read or written means that it is measured again (26 to
// 53 ms on a Zen 4).
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "engine/kernels/isa.h"
#include "engine/kernels/precision.h"

namespace fovea::kernels {

class AttentionPlan {
 public:
  static constexpr std::array<int64_t, 3> kLengths{1024, 4096,
                                                   16384};       // keys up to which a choice holds; the last: all
  static constexpr std::array<int64_t, 3> kBlocks{48, 96, 192};  // queries that share a block of keys

  AttentionPlan() = default;  // the default block for every length

  // Times each block on sequences of each length.
  static AttentionPlan measure(const IsaKernels& isa, Precision precision, int64_t head_dim);

  // The plan that `file` holds for this processor, instruction set, precision and head_dim; measured and added to the
  // file where there is none. An empty name: measured, not kept.
  static AttentionPlan of_host(const std::string& file, const IsaKernels& isa, Precision precision, int64_t head_dim);

  int64_t query_block(int64_t keys) const;  // as AttentionCall wants it
  bool operator==(const AttentionPlan&) const = default;

 private:
  std::array<int64_t, kLengths.size()> blocks_{};  // 0: the default
};

// $FOVEA_CACHE, or $XDG_CACHE_HOME/fovea, or ~/.cache/fovea, and in it attention.json; empty where there is no home.
std::string attention_plan_file();

}  // namespace fovea::kernels
