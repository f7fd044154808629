#include "apps/seq2seq/plot/attention_map.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "apps/seq2seq/data/utf8.h"
#include "apps/seq2seq/plot/layout.h"
#include "apps/seq2seq/plot/svg_canvas.h"

namespace favras::plot {

namespace {

using Anchor = TextStyle::Anchor;

constexpr double kCell = 18, kLabelSize = 13, kSpaceSize = 17, kMargin = 20;
constexpr double kGridLeft = kMargin + 60, kGridTop = 122;
constexpr int kScaleSteps = 5;
constexpr unsigned kDarkest = 0x08306B;

// From paper to kDarkest; of what is not a number, as of 0.
Colour shade(double weight) {
  const double share = weight > 0 ? std::min(weight, 1.0) : 0.0;
  unsigned rgb = 0;
  for (const unsigned shift : {16u, 8u, 0u}) {
    const double light = kPaper.rgb >> shift & 0xFF, dark = kDarkest >> shift & 0xFF;
    rgb |= static_cast<unsigned>(std::lround(light + share * (dark - light))) << shift;
  }
  return {"weight", rgb};
}

void draw_cell(Point corner, double weight, Canvas& canvas) {
  const Colour colour = shade(weight);
  if (colour.rgb == kPaper.rgb) return;
  const double right = corner.x + kCell, bottom = corner.y + kCell;
  canvas.polygon({corner, {right, corner.y}, {right, bottom}, {corner.x, bottom}}, colour);
}

// With no-break spaces where spaces would run into one.
std::string heading(const std::string& label, std::u32string line) {
  for (std::size_t i = 0; i < line.size(); ++i)
    if (line[i] == U' ' && (i == 0 || line[i - 1] == U' ' || line[i - 1] == U'\u00a0')) line[i] = U'\u00a0';
  return label + seq2seq::encode_utf8(line);
}

// A space by its sign.
void draw_character(Point at, char32_t character, Anchor anchor, Canvas& canvas) {
  const bool space = character == U' ';
  canvas.text(at, seq2seq::encode_utf8(std::u32string(1, space ? U'␣' : character)),
              {kInk, space ? kSpaceSize : kLabelSize, anchor});
}

void draw_grid(double columns, double rows, Canvas& canvas) {
  const double right = kGridLeft + columns * kCell, bottom = kGridTop + rows * kCell;
  for (double i = 0; i <= columns; ++i) {
    const double x = kGridLeft + i * kCell;
    canvas.line({{x, kGridTop}, {x, bottom}}, {kGrid, 0.5});
  }
  for (double i = 0; i <= rows; ++i) {
    const double y = kGridTop + i * kCell;
    canvas.line({{kGridLeft, y}, {right, y}}, {kGrid, 0.5});
  }
}

void draw_scale(Point corner, Canvas& canvas) {
  const double baseline = corner.y + kCell / 2 + 4;
  canvas.text({corner.x, baseline}, "weight 0", {kMuted, kTextSize});
  const double left = corner.x + 60;
  for (int i = 0; i <= kScaleSteps; ++i)
    draw_cell({left + i * kCell, corner.y}, static_cast<double>(i) / kScaleSteps, canvas);
  const double right = left + (kScaleSteps + 1) * kCell;
  canvas.line({{left, corner.y},
               {right, corner.y},
               {right, corner.y + kCell},
               {left, corner.y + kCell},
               {left, corner.y}},
              {kGrid, 0.5});
  canvas.text({right + 6, baseline}, "1", {kMuted, kTextSize});
}

}  // namespace

std::string draw_attention_svg(const AttentionMap& map) {
  const std::size_t columns = map.read.size(), rows = map.written.size() + 1;
  if (map.weights.size() != rows ||
      std::any_of(map.weights.begin(), map.weights.end(),
                  [&](const std::vector<float>& row) { return row.size() != columns; }))
    throw std::invalid_argument("there has to be a weight for every character read and written");
  const std::string read = heading("read: ", map.read), written = heading("written: ", map.written);
  const double grid_width = static_cast<double>(columns) * kCell,
               grid_height = static_cast<double>(rows) * kCell;
  const double width = std::max({kGridLeft + grid_width, kMargin + text_width(read, kTitleSize),
                                 kMargin + text_width(written, kTitleSize), 240.0}) +
                       kMargin;
  const double height = kGridTop + grid_height + 48;

  SvgCanvas canvas(width, height, "Attention: " + read + ", " + written);
  canvas.polygon({{0, 0}, {width, 0}, {width, height}, {0, height}}, kPaper);
  canvas.text({kMargin, 30}, read, {kInk, kTitleSize, Anchor::kStart, true});
  canvas.text({kMargin, 52}, written, {kInk, kTitleSize, Anchor::kStart, true});
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t column = 0; column < columns; ++column)
      draw_cell(
          {kGridLeft + static_cast<double>(column) * kCell, kGridTop + static_cast<double>(row) * kCell},
          map.weights[row][column], canvas);
  draw_grid(static_cast<double>(columns), static_cast<double>(rows), canvas);

  for (std::size_t i = 0; i < columns; ++i)
    draw_character({kGridLeft + (static_cast<double>(i) + 0.5) * kCell, kGridTop - 6}, map.read[i],
                   Anchor::kMiddle, canvas);
  const auto beside = [](std::size_t row) {
    return Point{kGridLeft - 8, kGridTop + (static_cast<double>(row) + 0.5) * kCell + 4.5};
  };
  for (std::size_t i = 0; i < map.written.size(); ++i)
    draw_character(beside(i), map.written[i], Anchor::kEnd, canvas);
  canvas.text(beside(map.written.size()), "end", {kMuted, kTextSize, Anchor::kEnd});

  TextStyle axis{kMuted, kTextSize};
  canvas.text({kGridLeft, kGridTop - 26}, "read", axis);
  axis.anchor = Anchor::kEnd;
  axis.upwards = true;
  canvas.text({kMargin + 12, kGridTop}, "written", axis);
  draw_scale({kGridLeft, kGridTop + grid_height + 14}, canvas);
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + canvas.finish();
}

}  // namespace favras::plot
