// A picture of what was looked at: a table of cells as dark as their weights, what was read above its columns
// and what was written beside its rows.
#pragma once

#include <string>
#include <vector>

namespace favras::plot {

struct AttentionMap {
  std::u32string read, written;
  // For every character that was written, and for the end of the line behind them: of every character that
  // was read the weight, 0 to 1.
  std::vector<std::vector<float>> weights;
};

// A whole file of SVG. Equal maps give equal bytes. Throws std::invalid_argument if the weights are not of
// the texts.
std::string draw_attention_svg(const AttentionMap& map);

}  // namespace favras::plot
