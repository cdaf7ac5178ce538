// SPDX-License-Identifier: Apache-2.0
#include "app/engine/canvas.h"

#include <cairo/cairo.h>

#include <array>
#include <cmath>
#include <numbers>
#include <span>

#include "app/engine/failure.h"

namespace hiss {
namespace {

cairo_status_t writeBytes(void* file, const unsigned char* data, unsigned n) {
  const std::span bytes(reinterpret_cast<const std::byte*>(data), n);
  return static_cast<ByteFile*>(file)->write(bytes) == n ? CAIRO_STATUS_SUCCESS
                                                         : CAIRO_STATUS_WRITE_ERROR;
}

}  // namespace

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

void Canvas::SurfaceDestroy::operator()(_cairo_surface* surface) const noexcept {
  cairo_surface_destroy(surface);
}

void Canvas::ContextDestroy::operator()(_cairo* context) const noexcept { cairo_destroy(context); }

Canvas::Canvas(int width_px, int height_px)
    : surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width_px, height_px)),
      context_(cairo_create(surface_.get())) {
  cairo_set_source_rgb(context_.get(), 1.0, 1.0, 1.0);
  cairo_paint(context_.get());
  cairo_set_line_width(context_.get(), 1.0);
}

void Canvas::setFontSize(double px, bool bold) {
  cairo_select_font_face(context_.get(), "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                         bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(context_.get(), px);
}

double Canvas::textWidth(const std::string& words) const {
  cairo_text_extents_t extents{};
  cairo_text_extents(context_.get(), words.c_str(), &extents);
  return extents.x_advance;
}

void Canvas::text(double x, double y, double anchor, const std::string& words, Rgb colour) {
  setColour(colour);
  cairo_move_to(context_.get(), x - anchor * textWidth(words), y);
  cairo_show_text(context_.get(), words.c_str());
}

void Canvas::textUp(double x, double y, const std::string& words, Rgb colour) {
  cairo_save(context_.get());
  cairo_translate(context_.get(), x, y);
  cairo_rotate(context_.get(), -0.5 * std::numbers::pi);
  text(0.0, 0.0, 0.5, words, colour);
  cairo_restore(context_.get());
}

void Canvas::line(double x0, double y0, double x1, double y1, Rgb colour) {
  stroke(std::floor(x0) + 0.5, std::floor(y0) + 0.5, std::floor(x1) + 0.5, std::floor(y1) + 0.5,
         1.0, colour);
}

void Canvas::stroke(double x0, double y0, double x1, double y1, double width, Rgb colour,
                    bool dashed) {
  cairo_t* const cr = context_.get();
  constexpr std::array kDashes = {7.0, 5.0};
  setColour(colour);
  cairo_set_line_width(cr, width);
  if (dashed) cairo_set_dash(cr, kDashes.data(), static_cast<int>(kDashes.size()), 0.0);
  cairo_move_to(cr, x0, y0);
  cairo_line_to(cr, x1, y1);
  cairo_stroke(cr);
  cairo_set_dash(cr, nullptr, 0, 0.0);
  cairo_set_line_width(cr, 1.0);
}

void Canvas::box(double x, double y, double width, double height, Rgb colour) {
  setColour(colour);
  cairo_rectangle(context_.get(), x, y, width, height);
  cairo_fill(context_.get());
}

void Canvas::frame(double x, double y, double width, double height, Rgb colour) {
  setColour(colour);
  cairo_rectangle(context_.get(), x - 0.5, y - 0.5, width + 1.0, height + 1.0);
  cairo_stroke(context_.get());
}

void Canvas::disc(double x, double y, double radius, Rgb colour) {
  setColour(colour);
  cairo_arc(context_.get(), x, y, radius, 0.0, 2.0 * std::numbers::pi);
  cairo_fill(context_.get());
}

void Canvas::writePng(ByteFile& png, const std::string& name) const {
  cairo_status_t status = cairo_status(context_.get());
  if (status == CAIRO_STATUS_SUCCESS) {
    status = cairo_surface_write_to_png_stream(surface_.get(), &writeBytes, &png);
  }
  if (status == CAIRO_STATUS_SUCCESS) return;
  throw Failure(FailureKind::kOutput, name, "a picture that can be written",
                png.lastError() != 0 ? errnoText(png.lastError()) : cairo_status_to_string(status));
}

void Canvas::setColour(Rgb colour) {
  cairo_set_source_rgb(context_.get(), colour.r / 255.0, colour.g / 255.0, colour.b / 255.0);
}

}  // namespace hiss
