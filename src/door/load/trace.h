// A recorded trace: when requests came, and how long they were.
// A CSV file with a header row. The time stands in the first column called timestamp, time, arrival, arrived_at,
// arrival_time or ts (case and place do not matter), as RFC 3339, the same with a blank and without a zone, or seconds;
// "_ms" behind the name says milliseconds. The length stands in the first one called tokens, length, contexttokens,
// input_length, input_tokens, num_prefill_tokens or prompt_tokens; it may be missing.
// Rows may come in any order. Errors: kNotFound; kInvalidArgument with "FILE:LINE:COLUMN"; kResourceExhausted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fovea::load {

struct TraceRow {
  int64_t at_ns = 0;    // from the first row
  uint32_t tokens = 0;  // 0: not said
};

struct Trace {
  std::vector<TraceRow> rows;  // not empty; by time; the first at 0
  bool has_lengths = false;

  double span_s() const { return static_cast<double>(rows.back().at_ns) * 1e-9; }
  double rate() const;  // requests a second, the mean; 0 for a single row or where all came at once
};

Result<Trace> parse_trace(std::string_view csv, const std::string& path);
Result<Trace> read_trace(const std::string& path);

}  // namespace fovea::load
