#include "engine/train/report_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fovea::train {
namespace {

constexpr double kWidth = 460, kHeight = 300, kLeft = 58, kRight = 16, kTop = 34, kBottom = 66;

class Scale {
 public:
  Scale(const PlotAxis& axis, double from, double to) : axis_(axis), from_(from), to_(to) {}
  double operator()(double value) const {
    double low = axis_.low, high = axis_.high;
    if (axis_.logarithmic) value = std::log10(std::max(value, 1e-12)), low = std::log10(low), high = std::log10(high);
    double share = high > low ? (value - low) / (high - low) : 0.5;
    return from_ + std::clamp(share, 0.0, 1.0) * (to_ - from_);
  }

 private:
  const PlotAxis& axis_;
  double from_, to_;
};

std::vector<double> ticks_of(const PlotAxis& axis) {
  std::vector<double> out;
  if (axis.logarithmic) {
    for (double t = std::pow(10, std::ceil(std::log10(axis.low) - 1e-9)); t <= axis.high * 1.0001; t *= 10)
      out.push_back(t);
    return out;
  }
  double rough = (axis.high - axis.low) / 5, unit = std::pow(10, std::floor(std::log10(rough)));
  double step = rough / unit < 1.5 ? unit : rough / unit < 3.5 ? 2 * unit : rough / unit < 7.5 ? 5 * unit : 10 * unit;
  for (double t = std::ceil(axis.low / step - 1e-9) * step; t <= axis.high + step * 1e-6; t += step) {
    out.push_back(std::abs(t) < step * 1e-6 ? 0.0 : t);  // not "-0"
  }
  return out;
}

std::string tick_text(const PlotAxis& axis, double value) {
  if (axis.percent) return fmt::format("{:g} %", std::round(value * 1000) / 10);
  if (axis.logarithmic && value >= 1000) return fmt::format("{:g} ms", value / 1000);
  if (axis.logarithmic) return fmt::format("{:g} µs", value);
  return fmt::format("{:g}", std::round(value * 1000) / 1000);
}

void draw_axes(std::string& out, const PlotAxis& x, const PlotAxis& y, const Scale& sx, const Scale& sy) {
  double bottom = kHeight - kBottom, right = kWidth - kRight;
  for (double t : ticks_of(y)) {
    out += fmt::format(R"(<line class="grid" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>)", kLeft, sy(t), right,
                       sy(t));
    out += fmt::format(R"(<text class="tick" x="{:.1f}" y="{:.1f}" text-anchor="end">{}</text>)", kLeft - 6, sy(t) + 4,
                       tick_text(y, t));
  }
  for (double t : ticks_of(x)) {
    out += fmt::format(R"(<line class="grid" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>)", sx(t), kTop, sx(t),
                       bottom);
    out += fmt::format(R"(<text class="tick" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>)", sx(t), bottom + 16,
                       tick_text(x, t));
  }
  out += fmt::format(R"(<text class="axis" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>)", (kLeft + right) / 2,
                     bottom + 34, escape_html(x.name));
  out +=
      fmt::format(R"~(<text class="axis" transform="translate(13 {:.1f}) rotate(-90)" text-anchor="middle">{}</text>)~",
                  (kTop + bottom) / 2, escape_html(y.name));
}

void draw_series(std::string& out, const PlotSeries& s, const Scale& sx, const Scale& sy, double base) {
  if (s.bars) {
    double width = s.points.size() > 1 ? 0.8 * (sx(s.points[1].first) - sx(s.points[0].first)) : 20;
    for (const auto& [x, y] : s.points) {
      if (y <= 0) continue;
      out += fmt::format(R"(<rect class="bar {}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>)", s.css,
                         sx(x) - width / 2, sy(y), width, std::max(0.0, base - sy(y)));
    }
    return;
  }
  if (s.line && !s.points.empty()) {
    out += fmt::format(R"(<polyline class="line {}" points=")", s.css);
    for (const auto& [x, y] : s.points) out += fmt::format("{:.1f},{:.1f} ", sx(x), sy(y));
    out += R"("/>)";
  }
  if (s.dots) {
    for (const auto& [x, y] : s.points) {
      out += fmt::format(R"(<circle class="dot {}" cx="{:.1f}" cy="{:.1f}" r="5"/>)", s.css, sx(x), sy(y));
    }
  }
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string plot_svg(const std::string& title, const PlotAxis& x, const PlotAxis& y,
                     const std::vector<PlotSeries>& series) {
  std::string out = fmt::format(R"(<svg viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="{}">)", kWidth, kHeight,
                                escape_html(title));
  out += fmt::format(R"(<text class="title" x="{:.0f}" y="18">{}</text>)", kLeft, escape_html(title));
  Scale sx(x, kLeft, kWidth - kRight), sy(y, kHeight - kBottom, kTop);
  draw_axes(out, x, y, sx, sy);
  for (const PlotSeries& s : series) draw_series(out, s, sx, sy, kHeight - kBottom);
  double at = kLeft;
  for (const PlotSeries& s : series) {
    if (s.name.empty()) continue;
    out += fmt::format(R"(<rect class="key {}" x="{:.1f}" y="{:.1f}" width="11" height="11" rx="2"/>)", s.css, at,
                       kHeight - 17);
    out += fmt::format(R"(<text class="tick" x="{:.1f}" y="{:.1f}">{}</text>)", at + 16, kHeight - 7.5,
                       escape_html(s.name));
    at += 30 + 6.6 * static_cast<double>(s.name.size());
  }
  return out + "</svg>";
}

}  // namespace fovea::train
