// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/flat_cost/log_plot.h"

#include <cairo/cairo.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>

namespace hiss {
namespace {

constexpr double kLeft = 84.0;
constexpr double kRight = 24.0;
constexpr double kTop = 52.0;
constexpr double kBottom = 84.0;
constexpr double kFontSize = 15.0;
constexpr double kNoteSize = 12.5;
constexpr double kTitleSize = 17.0;
constexpr double kDot = 4.0;

struct SurfaceDestroy {
  void operator()(cairo_surface_t* surface) const noexcept { cairo_surface_destroy(surface); }
};
struct ContextDestroy {
  void operator()(cairo_t* context) const noexcept { cairo_destroy(context); }
};

// Whole decades around the values of one axis.
struct Axis {
  int first = 0;
  int last = 1;

  static Axis around(double least, double largest) {
    Axis axis{static_cast<int>(std::floor(std::log10(least) + 1e-9)),
              static_cast<int>(std::ceil(std::log10(largest) - 1e-9))};
    if (axis.last == axis.first) ++axis.last;
    return axis;
  }
  double place(double value) const { return (std::log10(value) - first) / (last - first); }
};

class Drawing {
 public:
  Drawing(int width_px, int height_px)
      : surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width_px, height_px)),
        context_(cairo_create(surface_.get())) {
    cairo_t* const cr = context_.get();
    cairo_set_source_rgb(cr, 1.0, 1.0, 1.0);
    cairo_paint(cr);
    cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  }

  void panel(const LogPanel& panel, double x, double width, double height) {
    left_ = x + kLeft;
    width_ = width - kLeft - kRight;
    top_ = kTop;
    height_ = height - kTop - kBottom;
    findAxes(panel);
    grid(panel);
    for (const LogCurve& curve : panel.curves) draw(curve);
    legend(panel.curves);
    black();
    text(left_, top_ - 20.0, 0.0, kTitleSize, panel.title);
    text(left_ + 0.5 * width_, top_ + height_ + 42.0, 0.5, kFontSize, panel.x_title);
    grey();
    text(left_ + 0.5 * width_, top_ + height_ + 68.0, 0.5, kNoteSize, panel.note);
  }

  void write(const std::filesystem::path& png) {
    cairo_status_t status = cairo_status(context_.get());
    if (status == CAIRO_STATUS_SUCCESS) {
      status = cairo_surface_write_to_png(surface_.get(), png.c_str());
    }
    if (status != CAIRO_STATUS_SUCCESS) {
      throw std::runtime_error(png.string() + ": " + cairo_status_to_string(status));
    }
  }

 private:
  void findAxes(const LogPanel& panel) {
    double x0 = INFINITY, x1 = 0.0, y0 = INFINITY, y1 = 0.0;
    for (const LogCurve& curve : panel.curves) {
      for (const auto& [x, y] : curve.points) {
        x0 = std::min(x0, x);
        x1 = std::max(x1, x);
        y0 = std::min(y0, y);
        y1 = std::max(y1, y);
      }
    }
    if (!(x0 <= x1 && x0 > 0.0 && y0 > 0.0)) throw std::runtime_error("nothing to draw");
    x_axis_ = Axis::around(x0, x1);
    y_axis_ = Axis::around(y0, y1);
    ++y_axis_.last;  // room for the legend
  }

  double xOf(double value) const { return left_ + width_ * x_axis_.place(value); }
  double yOf(double value) const { return top_ + height_ * (1.0 - y_axis_.place(value)); }

  void grid(const LogPanel& panel) {
    cairo_t* const cr = context_.get();
    cairo_set_line_width(cr, 1.0);
    for (int e = x_axis_.first; e <= x_axis_.last; ++e) {
      const double x = xOf(std::pow(10.0, e));
      light();
      line(x, top_, x, top_ + height_);
      black();
      text(x, top_ + height_ + 20.0, 0.5, kFontSize, panel.x_tick(e));
    }
    for (int e = y_axis_.first; e <= y_axis_.last; ++e) {
      const double y = yOf(std::pow(10.0, e));
      light();
      line(left_, y, left_ + width_, y);
      black();
      text(left_ - 8.0, y + 0.35 * kFontSize, 1.0, kFontSize, panel.y_tick(e));
    }
    black();
    line(left_, top_, left_, top_ + height_);
    line(left_, top_ + height_, left_ + width_, top_ + height_);
  }

  void draw(const LogCurve& curve) {
    cairo_t* const cr = context_.get();
    colour(curve.colour);
    cairo_set_line_width(cr, curve.dashed ? 1.5 : 2.5);
    dash(curve.dashed);
    for (const auto& [x, y] : curve.points) cairo_line_to(cr, xOf(x), yOf(y));
    cairo_stroke(cr);
    dash(false);
    if (curve.dashed) return;
    for (const auto& [x, y] : curve.points) {
      cairo_arc(cr, xOf(x), yOf(y), kDot, 0.0, 4.0 * std::acos(0.0));
      cairo_fill(cr);
    }
  }

  void legend(const std::vector<LogCurve>& curves) {
    cairo_t* const cr = context_.get();
    const double x = left_ + 14.0;
    double y = top_ + 18.0;
    cairo_set_source_rgb(cr, 1.0, 1.0, 1.0);
    cairo_rectangle(cr, left_ + 2.0, top_ + 2.0, 0.68 * width_,
                    22.0 * static_cast<double>(curves.size()) + 8.0);
    cairo_fill(cr);
    for (const LogCurve& curve : curves) {
      colour(curve.colour);
      cairo_set_line_width(cr, curve.dashed ? 1.5 : 2.5);
      dash(curve.dashed);
      cairo_move_to(cr, x, y);
      cairo_line_to(cr, x + 34.0, y);
      cairo_stroke(cr);
      dash(false);
      if (!curve.dashed) {
        cairo_arc(cr, x + 17.0, y, kDot, 0.0, 4.0 * std::acos(0.0));
        cairo_fill(cr);
      }
      black();
      text(x + 44.0, y + 0.35 * kFontSize, 0.0, kFontSize, curve.label);
      y += 22.0;
    }
  }

  void dash(bool on) {
    const double pattern[] = {6.0, 4.0};
    cairo_set_dash(context_.get(), pattern, on ? 2 : 0, 0.0);
  }
  void colour(const Rgb& c) {
    cairo_set_source_rgb(context_.get(), c.r / 255.0, c.g / 255.0, c.b / 255.0);
  }
  void black() { cairo_set_source_rgb(context_.get(), 0.0, 0.0, 0.0); }
  void grey() { cairo_set_source_rgb(context_.get(), 0.35, 0.35, 0.35); }
  void light() { cairo_set_source_rgb(context_.get(), 0.88, 0.88, 0.88); }

  void line(double x0, double y0, double x1, double y1) {
    cairo_move_to(context_.get(), std::floor(x0) + 0.5, std::floor(y0) + 0.5);
    cairo_line_to(context_.get(), std::floor(x1) + 0.5, std::floor(y1) + 0.5);
    cairo_stroke(context_.get());
  }

  // `anchor`: 0 left, 0.5 centred, 1 right of x.
  void text(double x, double y, double anchor, double size, const std::string& words) {
    cairo_set_font_size(context_.get(), size);
    cairo_text_extents_t extents{};
    cairo_text_extents(context_.get(), words.c_str(), &extents);
    cairo_move_to(context_.get(), x - anchor * extents.x_advance, y);
    cairo_show_text(context_.get(), words.c_str());
  }

  std::unique_ptr<cairo_surface_t, SurfaceDestroy> surface_;
  std::unique_ptr<cairo_t, ContextDestroy> context_;
  Axis x_axis_;
  Axis y_axis_;
  double left_ = 0.0;
  double top_ = 0.0;
  double width_ = 0.0;
  double height_ = 0.0;
};

}  // namespace

void drawLogPanels(const std::vector<LogPanel>& panels, int width_px, int height_px,
                   const std::filesystem::path& png) {
  Drawing drawing(width_px, height_px);
  const double width = static_cast<double>(width_px) / static_cast<double>(panels.size());
  for (std::size_t i = 0; i < panels.size(); ++i) {
    drawing.panel(panels[i], static_cast<double>(i) * width, width, height_px);
  }
  drawing.write(png);
}

}  // namespace hiss
