// A PNG, decoded.
#pragma once

#include <cairo.h>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include <boost/test/unit_test.hpp>

namespace favras::plot {

class Pixels {
 public:
  explicit Pixels(std::string png) : surface_(decode(png), cairo_surface_destroy) {
    BOOST_TEST_REQUIRE(cairo_surface_status(surface_.get()) == CAIRO_STATUS_SUCCESS);
  }

  int width() const { return cairo_image_surface_get_width(surface_.get()); }
  int height() const { return cairo_image_surface_get_height(surface_.get()); }

  // Pixels of this colour, 0xRRGGBB.
  std::size_t count(std::uint32_t rgb) const {
    std::size_t found = 0;
    for (int y = 0; y < height(); ++y)
      for (int x = 0; x < width(); ++x) {
        std::uint32_t pixel;
        std::memcpy(&pixel,
                    cairo_image_surface_get_data(surface_.get()) +
                        y * cairo_image_surface_get_stride(surface_.get()) + 4 * x,
                    4);
        found += (pixel & 0xFFFFFF) == rgb;
      }
    return found;
  }

 private:
  static cairo_surface_t* decode(std::string& rest) {
    return cairo_image_surface_create_from_png_stream(
        [](void* closure, unsigned char* data, unsigned size) {
          auto& bytes = *static_cast<std::string*>(closure);
          if (bytes.size() < size) return CAIRO_STATUS_READ_ERROR;
          std::memcpy(data, bytes.data(), size);
          bytes.erase(0, size);
          return CAIRO_STATUS_SUCCESS;
        },
        &rest);
  }

  std::unique_ptr<cairo_surface_t, void (*)(cairo_surface_t*)> surface_;
};

}  // namespace favras::plot
