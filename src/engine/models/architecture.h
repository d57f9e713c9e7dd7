// The architectures that can be read: one line each in architecture.cpp, one short file each beside it.
// docs/guide/adding-an-architecture.md shows how to add one.
#pragma once

#include <span>
#include <string_view>

#include "base/error.h"
#include "engine/models/encoder_config.h"

namespace fovea::models {

struct Architecture {
  std::string_view model_type;  // of config.json
  // Shapes, names and the head's form; `output` and `labels` are known already.
  Result<void> (*read)(const weights::ConfigFile& file, EncoderConfig& config);
};

std::span<const Architecture> architectures();

Result<void> read_bert(const weights::ConfigFile& file, EncoderConfig& config);
Result<void> read_distilbert(const weights::ConfigFile& file, EncoderConfig& config);
Result<void> read_roberta(const weights::ConfigFile& file, EncoderConfig& config);
Result<void> read_mpnet(const weights::ConfigFile& file, EncoderConfig& config);
Result<void> read_electra(const weights::ConfigFile& file, EncoderConfig& config);
Result<void> read_modernbert(const weights::ConfigFile& file, EncoderConfig& config);

}  // namespace fovea::models
