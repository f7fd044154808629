// Draws a figure, on whatever canvas.
#pragma once

#include "apps/seq2seq/plot/canvas.h"
#include "apps/seq2seq/plot/layout.h"

namespace favras::plot {

// `layout` is the figure's.
void draw(const Figure& figure, const Layout& layout, Canvas& canvas);

}  // namespace favras::plot
