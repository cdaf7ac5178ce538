// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "app/engine/byte_file.h"
#include "dsp/colour_map.h"

// Cairo's; its header stays in the sources that draw.
struct _cairo;          // NOLINT(bugprone-reserved-identifier)
struct _cairo_surface;  // NOLINT(bugprone-reserved-identifier)

namespace hiss {

inline constexpr Rgb kBlack = {0, 0, 0};
inline constexpr Rgb kWhite = {255, 255, 255};

// `text` with '?' for every byte that is not UTF-8 or is a control character: Cairo stops drawing
// for good at such a byte.
std::string asUtf8(const std::string& text);

// A white picture with the few shapes that diagrams are made of. Places are pixels from the left
// top; y of a text is its base line. Not thread-safe.
class Canvas {
 public:
  Canvas(int width_px, int height_px);

  void setFontSize(double px, bool bold = false);
  [[nodiscard]] double textWidth(const std::string& words) const;
  // `anchor`: 0 left, 0.5 centred, 1 right of x. Words must be UTF-8, see asUtf8().
  void text(double x, double y, double anchor, const std::string& words, Rgb colour = kBlack);
  // Upwards, centred on y.
  void textUp(double x, double y, const std::string& words, Rgb colour = kBlack);

  // On whole pixels, one wide.
  void line(double x0, double y0, double x1, double y1, Rgb colour = kBlack);
  // At any slope and width.
  void stroke(double x0, double y0, double x1, double y1, double width, Rgb colour,
              bool dashed = false);
  void box(double x, double y, double width, double height, Rgb colour);
  void frame(double x, double y, double width, double height, Rgb colour = kBlack);
  void disc(double x, double y, double radius, Rgb colour);

  // For shapes that are not above.
  [[nodiscard]] _cairo* context() const noexcept { return context_.get(); }

  // Writes the picture to `png`, called `name` in messages. Throws Failure(kOutput).
  void writePng(ByteFile& png, const std::string& name) const;

 private:
  struct SurfaceDestroy {
    void operator()(_cairo_surface* surface) const noexcept;
  };
  struct ContextDestroy {
    void operator()(_cairo* context) const noexcept;
  };

  void setColour(Rgb colour);

  std::unique_ptr<_cairo_surface, SurfaceDestroy> surface_;
  std::unique_ptr<_cairo, ContextDestroy> context_;
};

}  // namespace hiss
