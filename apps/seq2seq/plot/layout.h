// Where everything in a picture is: axes with their ticks, the plot's frame, and the labels right of it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "apps/seq2seq/plot/figure.h"
#include "apps/seq2seq/plot/ticks.h"

namespace favras::plot {

inline constexpr double kTitleSize = 16, kTextSize = 12;

// How wide text is at most, nearly: fonts differ, and the reader's is not known.
double text_width(const std::string& utf8, double size);
// Cut to the width, with "…" at its end.
std::string shortened(const std::string& utf8, double size, double width);

struct Label {
  std::size_t curve;
  std::string text;
  double y;  // of its middle
};

struct Layout {
  double width, height;
  double left, right, top, bottom;  // the plot's frame, y down
  Ticks x, y;                       // x.high is the last point's, not a tick's
  bool log_y;
  std::vector<Label> labels;

  Point place(Point value) const;
};

// Throws std::invalid_argument as draw_svg does.
Layout lay_out(const Figure& figure);

}  // namespace favras::plot
