// DIR/report.html: one file for a person to read, its plots inside as SVG, nothing fetched from anywhere.
#pragma once

#include <string>

#include "engine/train/train_run.h"

namespace fovea::train {

std::string report_html(const TrainStory& story);

}  // namespace fovea::train
