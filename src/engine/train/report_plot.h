// Small plots as inline SVG: lines, points and bars on two labelled axes. Colours and fonts come from the page's CSS.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fovea::train {

std::string escape_html(std::string_view text);

struct PlotAxis {
  std::string name;
  double low = 0, high = 1;
  bool logarithmic = false;
  bool percent = false;  // ticks as percentages
};

struct PlotSeries {
  std::string name;
  std::string css;  // class of the stroke and fill: "linear", "attention", "cascade", "budget", "ideal"
  std::vector<std::pair<double, double>> points;
  bool line = true, dots = false, bars = false;
};

// A figure of fixed aspect with a legend (series without a name are not in it). Points outside the axes are clamped.
std::string plot_svg(const std::string& title, const PlotAxis& x, const PlotAxis& y,
                     const std::vector<PlotSeries>& series);

}  // namespace fovea::train
