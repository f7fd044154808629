// The picture of what was looked at: its text, its cells, and that it is whole XML whatever the characters.
#include "apps/seq2seq/plot/attention_map.h"

#include <limits>
#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>

namespace favras::plot {

namespace {

// "ab" became "b c".
AttentionMap small_map() {
  return {U"ab", U"b c", {{0.0f, 1.0f}, {0.5f, 0.5f}, {1.0f, 0.0f}, {0.25f, 0.75f}}};
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t times = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++times;
  return times;
}

// How many cells have the colour, those of the scale left out.
std::size_t cells(const std::string& svg, const std::string& rgb) {
  const std::string in_grid = svg.substr(0, svg.find(">weight 0</text>"));
  return count(in_grid, "class=\"weight\" color=\"" + rgb + "\"");
}

}  // namespace

BOOST_AUTO_TEST_CASE(both_lines_are_named_and_stand_beside_the_cells) {
  const std::string svg = draw_attention_svg(small_map());
  BOOST_TEST(svg.starts_with("<?xml"));
  BOOST_TEST(count(svg, "<title>Attention: read: ab, written: b c</title>") == 1u);
  BOOST_TEST(count(svg, ">read: ab</text>") == 1u);
  BOOST_TEST(count(svg, ">written: b c</text>") == 1u);
  BOOST_TEST(count(svg, ">a</text>") == 1u);
  BOOST_TEST(count(svg, ">b</text>") == 2u);
  BOOST_TEST(count(svg, ">c</text>") == 1u);
  BOOST_TEST(count(svg, ">\u2423</text>") == 1u);  // the space
  BOOST_TEST(count(svg, ">end</text>") == 1u);
}

BOOST_AUTO_TEST_CASE(a_cell_is_as_dark_as_its_weight) {
  const std::string svg = draw_attention_svg(small_map());
  BOOST_TEST(cells(svg, "#08306B") == 2u);
  BOOST_TEST(cells(svg, "#8498B5") == 2u);  // half way to white
  BOOST_TEST(cells(svg, "#FFFFFF") == 0u);  // is paper
  BOOST_TEST(cells(svg, "") == 0u);
  AttentionMap broken = small_map();
  broken.weights[0][1] = std::numeric_limits<float>::quiet_NaN();
  broken.weights[2][0] = 7.0f;
  BOOST_TEST(cells(draw_attention_svg(broken), "#08306B") == 1u);
}

// The first cell of the second row lies below the first column's character.
BOOST_AUTO_TEST_CASE(columns_are_read_and_rows_are_written) {
  AttentionMap map{U"abc", U"x", {{0.0f, 0.0f, 1.0f}, {0.0f, 0.0f, 0.0f}}};
  const std::string svg = draw_attention_svg(map);
  BOOST_TEST(cells(svg, "#08306B") == 1u);
  BOOST_TEST(count(svg, "d=\"M116 122L134 122L134 140L116 140Z\"") == 1u);  // third column, first row
  BOOST_TEST(count(svg, "x=\"125\" y=\"116\" font-size=\"13\" text-anchor=\"middle\">c</text>") == 1u);
}

BOOST_AUTO_TEST_CASE(any_characters_are_escaped) {
  const AttentionMap map{U"<&", U"\x01\"", {{1, 0}, {0, 1}, {1, 0}}};
  const std::string svg = draw_attention_svg(map);
  BOOST_TEST(count(svg, "<title>Attention: read: &lt;&amp;, written: \ufffd&quot;</title>") == 1u);
  BOOST_TEST(count(svg, ">&lt;</text>") == 1u);
  BOOST_TEST(count(svg, ">&amp;</text>") == 1u);
  BOOST_TEST(count(svg, "<&") == 0u);
}

BOOST_AUTO_TEST_CASE(every_space_of_a_line_is_seen) {
  const std::string svg = draw_attention_svg({U"a", U" b  c", {{1}, {1}, {1}, {1}, {1}, {1}}});
  BOOST_TEST(count(svg, ">written: \u00a0b \u00a0c</text>") == 1u);
  BOOST_TEST(count(svg, ">\u2423</text>") == 3u);
}

BOOST_AUTO_TEST_CASE(weights_of_something_else_are_refused) {
  AttentionMap map = small_map();
  map.weights.pop_back();
  BOOST_CHECK_THROW(draw_attention_svg(map), std::invalid_argument);
  map = small_map();
  map.weights[1].push_back(0.0f);
  BOOST_CHECK_THROW(draw_attention_svg(map), std::invalid_argument);
  BOOST_CHECK_NO_THROW(draw_attention_svg({U"a", U"", {{1.0f}}}));
}

}  // namespace favras::plot
