// What a picture is drawn on: lines, filled shapes and text in a few colours. Units are those of SVG, y down.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "apps/seq2seq/plot/figure.h"

namespace favras::plot {

struct Colour {
  const char* name;  // the class in SVG, by which a page may change it
  unsigned rgb;
};

inline constexpr Colour kPaper{"paper", 0xFFFFFF};
inline constexpr Colour kInk{"ink", 0x222222};
inline constexpr Colour kMuted{"muted", 0x595959};
inline constexpr Colour kGrid{"grid", 0xDDDDDD};
// Okabe and Ito's, which colour-blind people tell apart, without the yellow, which paper swallows.
inline constexpr std::array<Colour, 7> kCurveColours{{{"blue", 0x0072B2},
                                                      {"vermilion", 0xD55E00},
                                                      {"green", 0x009E73},
                                                      {"purple", 0xCC79A7},
                                                      {"orange", 0xE69F00},
                                                      {"sky", 0x56B4E9},
                                                      {"black", 0x000000}}};

struct Stroke {
  Colour colour;
  double width;
  std::vector<double> dashes{};  // lengths on and off; none: solid
  double opacity = 1;
};

struct TextStyle {
  Colour colour;
  double size;
  enum class Anchor { kStart, kMiddle, kEnd } anchor = Anchor::kStart;
  bool bold = false;
  bool upwards = false;  // turned by 90 degrees to the left
};

class Canvas {
 public:
  virtual ~Canvas() = default;
  virtual void line(const std::vector<Point>& points, const Stroke& stroke) = 0;
  virtual void polygon(const std::vector<Point>& corners, Colour fill) = 0;
  virtual void disc(Point centre, double radius, Colour fill) = 0;
  // `at`: on the baseline, where the anchor says.
  virtual void text(Point at, const std::string& utf8, const TextStyle& style) = 0;
};

}  // namespace favras::plot
