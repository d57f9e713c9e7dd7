#include "engine/train/report.h"
namespace fovea::train {
std::string report_html(const TrainStory&) {
  return {};
}
}  // namespace fovea::train
