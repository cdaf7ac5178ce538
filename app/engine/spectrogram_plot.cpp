// SPDX-License-Identifier: Apache-2.0
#include "app/engine/spectrogram_plot.h"

#include <cairo/cairo.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

#include "app/engine/canvas.h"
#include "dsp/colour_map.h"
#include "dsp/plot_scale.h"

namespace hiss {
namespace {

constexpr double kLeft = 84.0;
constexpr double kRight = 112.0;
constexpr double kTop = 44.0;
constexpr double kBottom = 58.0;
constexpr double kGap = 46.0;
constexpr double kTick = 5.0;
constexpr double kFontSize = 15.0;
constexpr double kBarWidth = 18.0;
constexpr double kBarGap = 20.0;
constexpr double kThumbnailGap = 4.0;

struct SurfaceDestroy {
  void operator()(cairo_surface_t* surface) const noexcept { cairo_surface_destroy(surface); }
};
using Surface = std::unique_ptr<cairo_surface_t, SurfaceDestroy>;

struct Box {
  double x = 0.0;
  double y = 0.0;
  double width = 0.0;
  double height = 0.0;
};

struct Scale {
  LevelScale level;
  double seconds = 0.0;
  double max_hz = 0.0;
};

class Plot {
 public:
  Plot(const std::vector<SpectrogramPane>& panes, const PlotSize& size)
      : panes_(panes), size_(size), canvas_(size.width_px, size.height_px) {}

  void draw() {
    canvas_.setFontSize(kFontSize);
    findScale();
    const auto count = static_cast<double>(panes_.size());
    const double height = (size_.height_px - kTop - kBottom - kGap * (count - 1.0)) / count;
    Box box{kLeft, kTop, size_.width_px - kLeft - kRight, height};
    for (const SpectrogramPane& pane : panes_) {
      drawPane(pane, box);
      drawTimeAxis(box, &pane == &panes_.back());
      box.y += height + kGap;
    }
    drawColourBar(
        {size_.width_px - kRight + kBarGap, kTop, kBarWidth, size_.height_px - kTop - kBottom});
  }

  void drawBare() {
    findScale();
    const auto count = static_cast<double>(panes_.size());
    const double width = (size_.width_px - kThumbnailGap * (count - 1.0)) / count;
    Box box{0.0, 0.0, width, static_cast<double>(size_.height_px)};
    for (const SpectrogramPane& pane : panes_) {
      drawCells(pane, box);
      box.x += width + kThumbnailGap;
    }
  }

  void write(ByteFile& png, const std::string& name) const { canvas_.writePng(png, name); }

 private:
  void findScale() {
    float loudest = Spectrogram::kSilenceDb;
    for (const SpectrogramPane& pane : panes_) {
      loudest = std::max(loudest, pane.track->picture().loudestDb());
      scale_.seconds = std::max(scale_.seconds, pane.track->seconds());
      scale_.max_hz = std::max(scale_.max_hz, 0.5 * pane.track->sampleRateHz());
    }
    scale_.level = levelScaleFor(loudest);
  }

  // One pixel a cell, low frequencies at the bottom.
  Surface image(const SpectrogramPicture& picture) const {
    const int columns = std::max(1, picture.columns());
    const int bins = picture.bins();
    Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, columns, bins));
    unsigned char* const pixels = cairo_image_surface_get_data(surface.get());
    if (pixels == nullptr) return surface;
    const std::ptrdiff_t stride = cairo_image_surface_get_stride(surface.get());
    cairo_surface_flush(surface.get());
    std::vector<float> column(static_cast<std::size_t>(bins));
    for (int i = 0; i < picture.columns(); ++i) {
      picture.column(i, column);
      for (int bin = 0; bin < bins; ++bin) {
        const Rgb colour = sequential(scale_.level.position(column[bin]));
        const std::uint32_t pixel =
            static_cast<std::uint32_t>(colour.r) << 16 | colour.g << 8 | colour.b;
        std::memcpy(pixels + stride * (bins - 1 - bin) + std::ptrdiff_t{4} * i, &pixel,
                    sizeof(pixel));
      }
    }
    cairo_surface_mark_dirty(surface.get());
    return surface;
  }

  void drawPane(const SpectrogramPane& pane, const Box& box) {
    drawCells(pane, box);
    canvas_.frame(box.x, box.y, box.width, box.height);
    canvas_.text(box.x, box.y - 12.0, 0.0, asUtf8(pane.title));
    drawFrequencyAxis(box);
  }

  void drawCells(const SpectrogramPane& pane, const Box& box) {
    cairo_t* const cr = canvas_.context();
    const SpectrogramTrack& track = *pane.track;
    const Surface cells = image(track.picture());
    const double x_per_second = box.width / scale_.seconds;
    const double height = box.height * 0.5 * track.sampleRateHz() / scale_.max_hz;
    cairo_save(cr);
    canvas_.box(box.x, box.y, box.width, box.height, sequential(0.0F));
    const double width = std::min(track.seconds(), scale_.seconds) * x_per_second;
    cairo_rectangle(cr, box.x, box.y, width, box.height);
    cairo_clip(cr);
    cairo_translate(cr, box.x + track.firstColumnSeconds() * x_per_second,
                    box.y + box.height - height);
    cairo_scale(cr, track.cellSeconds() * x_per_second, height / track.picture().bins());
    cairo_set_source_surface(cr, cells.get(), 0.0, 0.0);
    cairo_pattern_set_extend(cairo_get_source(cr), CAIRO_EXTEND_PAD);
    cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_GOOD);
    cairo_paint(cr);
    cairo_restore(cr);
  }

  void drawFrequencyAxis(const Box& box) {
    const double step = decimalStep(scale_.max_hz / 1000.0);
    for (int i = 0; i * step <= scale_.max_hz / 1000.0 * (1.0 + 1e-9); ++i) {
      const double y = box.y + box.height * (1.0 - 1000.0 * i * step / scale_.max_hz);
      canvas_.line(box.x - kTick, y, box.x, y);
      canvas_.text(box.x - kTick - 4.0, y + 0.35 * kFontSize, 1.0, numberLabel(i * step));
    }
    canvas_.textUp(24.0, box.y + 0.5 * box.height, "frequency (kHz)");
  }

  void drawTimeAxis(const Box& box, bool with_labels) {
    const double step = timeStep(scale_.seconds);
    const double bottom = box.y + box.height;
    for (int i = 0; i * step <= scale_.seconds * (1.0 + 1e-9); ++i) {
      const double x = box.x + box.width * i * step / scale_.seconds;
      canvas_.line(x, bottom, x, bottom + kTick);
      if (with_labels) {
        canvas_.text(x, bottom + kTick + kFontSize, 0.5, timeLabel(i * step, scale_.seconds));
      }
    }
    if (!with_labels) return;
    const char* const unit = scale_.seconds <= 100.0 ? "time (s)" : "time";
    canvas_.text(box.x + 0.5 * box.width, bottom + kTick + 2.4 * kFontSize, 0.5, unit);
  }

  void drawColourBar(const Box& box) {
    const auto rows = static_cast<int>(box.height);
    for (int row = 0; row < rows; ++row) {
      const Rgb colour =
          sequential(1.0F - (static_cast<float>(row) + 0.5F) / static_cast<float>(rows));
      canvas_.box(box.x, box.y + row, box.width, 1.0, colour);
    }
    canvas_.frame(box.x, box.y, box.width, box.height);
    constexpr int kLabels = 4;
    for (int i = 0; i <= kLabels; ++i) {
      const double y = box.y + box.height * i / kLabels;
      canvas_.line(box.x + box.width, y, box.x + box.width + kTick, y);
      canvas_.text(
          box.x + box.width + kTick + 4.0, y + 0.35 * kFontSize, 0.0,
          fmt::format("{:.0f}", scale_.level.top_db -
                                    LevelScale::kRangeDb * static_cast<float>(i) / kLabels));
    }
    canvas_.text(box.x, box.y - 12.0, 0.0, "dBFS");
  }

  const std::vector<SpectrogramPane>& panes_;
  PlotSize size_;
  Scale scale_;
  Canvas canvas_;
};

}  // namespace

void drawSpectrograms(const std::vector<SpectrogramPane>& panes, const PlotSize& size,
                      ByteFile& png, const std::string& name) {
  Plot plot(panes, size);
  plot.draw();
  plot.write(png, name);
}

void drawThumbnail(const std::vector<SpectrogramPane>& panes, const PlotSize& size, ByteFile& png,
                   const std::string& name) {
  Plot plot(panes, size);
  plot.drawBare();
  plot.write(png, name);
}

}  // namespace hiss
