// SPDX-License-Identifier: Apache-2.0
#include "app/engine/spectrogram_plot.h"

#include <cairo/cairo.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>

#include "app/engine/failure.h"
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

struct SurfaceDestroy {
  void operator()(cairo_surface_t* surface) const noexcept { cairo_surface_destroy(surface); }
};
struct ContextDestroy {
  void operator()(cairo_t* context) const noexcept { cairo_destroy(context); }
};
using Surface = std::unique_ptr<cairo_surface_t, SurfaceDestroy>;
using Context = std::unique_ptr<cairo_t, ContextDestroy>;

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

// Cairo stops drawing for good when a text is not UTF-8.
std::string asUtf8(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t length = lead < 0x80   ? 1
                               : lead < 0xC2 ? 0
                               : lead < 0xE0 ? 2
                               : lead < 0xF0 ? 3
                               : lead < 0xF5 ? 4
                                             : 0;
    bool valid = length > 0 && at + length <= text.size() && lead >= 0x20 && lead != 0x7F;
    for (std::size_t i = 1; valid && i < length; ++i) {
      valid = (static_cast<unsigned char>(text[at + i]) & 0xC0) == 0x80;
    }
    // Overlong forms, surrogates and code points past U+10FFFF.
    const auto second = static_cast<unsigned char>(length > 1 && valid ? text[at + 1] : 0);
    valid = valid && !(lead == 0xE0 && second < 0xA0) && !(lead == 0xED && second >= 0xA0) &&
            !(lead == 0xF0 && second < 0x90) && !(lead == 0xF4 && second >= 0x90);
    result += valid ? text.substr(at, length) : "?";
    at += valid ? length : 1;
  }
  return result;
}

class Plot {
 public:
  Plot(const std::vector<SpectrogramPane>& panes, const PlotSize& size)
      : panes_(panes),
        size_(size),
        surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, size.width_px, size.height_px)),
        context_(cairo_create(surface_.get())) {}

  void draw() {
    cairo_t* const cr = context_.get();
    cairo_set_source_rgb(cr, 1.0, 1.0, 1.0);
    cairo_paint(cr);
    cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, kFontSize);
    cairo_set_line_width(cr, 1.0);
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

  cairo_status_t write(ByteFile& png) {
    const cairo_status_t status = cairo_status(context_.get());
    if (status != CAIRO_STATUS_SUCCESS) return status;
    return cairo_surface_write_to_png_stream(surface_.get(), &Plot::writeBytes, &png);
  }

 private:
  static cairo_status_t writeBytes(void* file, const unsigned char* data, unsigned n) {
    const std::span bytes(reinterpret_cast<const std::byte*>(data), n);
    return static_cast<ByteFile*>(file)->write(bytes) == n ? CAIRO_STATUS_SUCCESS
                                                           : CAIRO_STATUS_WRITE_ERROR;
  }

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
    cairo_t* const cr = context_.get();
    const SpectrogramTrack& track = *pane.track;
    const Surface cells = image(track.picture());
    const double x_per_second = box.width / scale_.seconds;
    const double height = box.height * 0.5 * track.sampleRateHz() / scale_.max_hz;
    cairo_save(cr);
    cairo_rectangle(cr, box.x, box.y, box.width, box.height);
    const Rgb floor = sequential(0.0F);
    cairo_set_source_rgb(cr, floor.r / 255.0, floor.g / 255.0, floor.b / 255.0);
    cairo_fill(cr);
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

    cairo_set_source_rgb(cr, 0.0, 0.0, 0.0);
    cairo_rectangle(cr, box.x - 0.5, box.y - 0.5, box.width + 1.0, box.height + 1.0);
    cairo_stroke(cr);
    text(box.x, box.y - 12.0, 0.0, asUtf8(pane.title));
    drawFrequencyAxis(box);
  }

  void drawFrequencyAxis(const Box& box) {
    const double step = decimalStep(scale_.max_hz / 1000.0);
    for (int i = 0; i * step <= scale_.max_hz / 1000.0 * (1.0 + 1e-9); ++i) {
      const double y = box.y + box.height * (1.0 - 1000.0 * i * step / scale_.max_hz);
      line(box.x - kTick, y, box.x, y);
      text(box.x - kTick - 4.0, y + 0.35 * kFontSize, 1.0, numberLabel(i * step));
    }
    cairo_t* const cr = context_.get();
    cairo_save(cr);
    cairo_translate(cr, 24.0, box.y + 0.5 * box.height);
    cairo_rotate(cr, -std::acos(0.0));
    text(0.0, 0.0, 0.5, "frequency (kHz)");
    cairo_restore(cr);
  }

  void drawTimeAxis(const Box& box, bool with_labels) {
    const double step = timeStep(scale_.seconds);
    const double bottom = box.y + box.height;
    for (int i = 0; i * step <= scale_.seconds * (1.0 + 1e-9); ++i) {
      const double x = box.x + box.width * i * step / scale_.seconds;
      line(x, bottom, x, bottom + kTick);
      if (with_labels) {
        text(x, bottom + kTick + kFontSize, 0.5, timeLabel(i * step, scale_.seconds));
      }
    }
    if (!with_labels) return;
    const char* const unit = scale_.seconds <= 100.0 ? "time (s)" : "time";
    text(box.x + 0.5 * box.width, bottom + kTick + 2.4 * kFontSize, 0.5, unit);
  }

  void drawColourBar(const Box& box) {
    cairo_t* const cr = context_.get();
    const auto rows = static_cast<int>(box.height);
    for (int row = 0; row < rows; ++row) {
      const Rgb colour =
          sequential(1.0F - (static_cast<float>(row) + 0.5F) / static_cast<float>(rows));
      cairo_set_source_rgb(cr, colour.r / 255.0, colour.g / 255.0, colour.b / 255.0);
      cairo_rectangle(cr, box.x, box.y + row, box.width, 1.0);
      cairo_fill(cr);
    }
    cairo_set_source_rgb(cr, 0.0, 0.0, 0.0);
    cairo_rectangle(cr, box.x - 0.5, box.y - 0.5, box.width + 1.0, box.height + 1.0);
    cairo_stroke(cr);
    constexpr int kLabels = 4;
    for (int i = 0; i <= kLabels; ++i) {
      const double y = box.y + box.height * i / kLabels;
      line(box.x + box.width, y, box.x + box.width + kTick, y);
      text(box.x + box.width + kTick + 4.0, y + 0.35 * kFontSize, 0.0,
           fmt::format("{:.0f}", scale_.level.top_db -
                                     LevelScale::kRangeDb * static_cast<float>(i) / kLabels));
    }
    text(box.x, box.y - 12.0, 0.0, "dBFS");
  }

  void line(double x0, double y0, double x1, double y1) {
    cairo_move_to(context_.get(), std::floor(x0) + 0.5, std::floor(y0) + 0.5);
    cairo_line_to(context_.get(), std::floor(x1) + 0.5, std::floor(y1) + 0.5);
    cairo_stroke(context_.get());
  }

  // `anchor`: 0 left, 0.5 centred, 1 right of x.
  void text(double x, double y, double anchor, const std::string& words) {
    cairo_text_extents_t extents{};
    cairo_text_extents(context_.get(), words.c_str(), &extents);
    cairo_move_to(context_.get(), x - anchor * extents.x_advance, y);
    cairo_show_text(context_.get(), words.c_str());
  }

  const std::vector<SpectrogramPane>& panes_;
  PlotSize size_;
  Scale scale_;
  Surface surface_;
  Context context_;
};

}  // namespace

void drawSpectrograms(const std::vector<SpectrogramPane>& panes, const PlotSize& size,
                      ByteFile& png, const std::string& name) {
  Plot plot(panes, size);
  plot.draw();
  const cairo_status_t status = plot.write(png);
  if (status == CAIRO_STATUS_SUCCESS) return;
  throw Failure(FailureKind::kOutput, name, "a picture that can be written",
                png.lastError() != 0 ? errnoText(png.lastError()) : cairo_status_to_string(status));
}

}  // namespace hiss
