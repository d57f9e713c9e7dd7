// A labelled table: CSV (RFC 4180, a header line) or JSON Lines, one text and one label a row.
// Journey: `fovea train` and `fovea models eval` read it; split.h divides it.
// Errors: kNotFound (the file), kInvalidArgument (a missing column, with the nearest name; one label; too few rows; not
// UTF-8, with the row), kResourceExhausted (limits.h). What can be worked around is a warning with its row.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fovea::train {

struct Warning {
  uint64_t line = 0;  // of the file, the first is 1; 0: the table as a whole
  std::string text;
};

struct Table {
  std::string path;
  std::string digest;                    // SHA-256 of the file, hex
  std::vector<std::string> texts;        // [rows]
  std::vector<uint32_t> labels;          // [rows], into label_names
  std::vector<uint64_t> lines;           // [rows], where each began in the file
  std::vector<std::string> label_names;  // sorted by bytes
  std::vector<Warning> warnings;

  size_t rows() const { return texts.size(); }
};

// For training: empty texts, rows without a label and labels with a single row are left out with a warning; a text that
// occurs twice with the same label is kept once; with different labels it is kept and warned about.
Result<Table> read_table(const std::string& path, std::string_view text_column, std::string_view label_column);
Result<Table> table_from_bytes(std::string_view bytes, const std::string& path, std::string_view text_column,
                               std::string_view label_column);

// For judging a model: rows stay as they are, labels are `known_labels`; a label that is not among them becomes
// `kUnknownLabel` and is counted as wrong, with a warning.
constexpr uint32_t kUnknownLabel = UINT32_MAX;
Result<Table> read_test_table(const std::string& path, std::string_view text_column, std::string_view label_column,
                              const std::vector<std::string>& known_labels);

}  // namespace fovea::train
