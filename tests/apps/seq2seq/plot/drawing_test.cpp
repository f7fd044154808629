// Figures as SVG and PNG: text that can be searched, nothing that markup could break, the same bytes again,
// and pixels that cairo reads back.
#include "apps/seq2seq/plot/drawing.h"

#include <algorithm>
#include <cairo.h>
#include <cmath>
#include <cstring>
#include <limits>
#include <regex>
#include <stdexcept>
#include <string>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include "apps/seq2seq/plot/canvas.h"
#include "apps/seq2seq/plot/figure.h"
#include "apps/seq2seq/plot/markup.h"
#include "apps/seq2seq/plot/thinning.h"
#include "tests/apps/seq2seq/plot/pixels.h"

namespace favras::plot {

namespace {

Figure two_curves() {
  Figure figure{.title = "Loss", .note = "Thin.", .x_title = "lines", .y_title = "nats", .curves = {}};
  for (const std::size_t kind : {0, 1}) {
    Curve curve{.label = kind == 0 ? "rnn size 50" : "rnn size 100", .points = {}, .kind = kind};
    for (int i = 0; i < 100; ++i)
      curve.points.push_back({static_cast<double>(i), 3.0 / (1 + i) + 0.1 * static_cast<double>(kind)});
    figure.curves.push_back(curve);
  }
  return figure;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t times = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++times;
  return times;
}

std::size_t text_place(const std::string& svg, const std::string& text) {
  return svg.find(">" + text + "</text>");
}

}  // namespace

BOOST_AUTO_TEST_CASE(svg_holds_its_text) {
  const std::string svg = draw_svg(two_curves());
  for (const char* text : {"Loss", "Thin.", "lines", "nats", "rnn size 50", "rnn size 100", "80", "4"})
    BOOST_TEST((text_place(svg, text) != svg.npos), text);
  BOOST_TEST(svg.starts_with("<?xml"));
  BOOST_TEST(draw_inline_svg(two_curves()).starts_with("<svg "));
  BOOST_TEST(svg.size() < 12'000u);
}

BOOST_AUTO_TEST_CASE(equal_figures_give_equal_bytes) {
  BOOST_TEST((draw_svg(two_curves()) == draw_svg(two_curves())));
  BOOST_TEST((draw_png(two_curves()) == draw_png(two_curves())));
  Figure other = two_curves();
  other.curves[1].points[50].y += 0.2;
  BOOST_TEST((draw_svg(other) != draw_svg(two_curves())));
  BOOST_TEST((draw_png(other) != draw_png(two_curves())));
}

BOOST_AUTO_TEST_CASE(png_has_the_curves_in_their_colours) {
  const Pixels pixels(draw_png(two_curves()));
  BOOST_TEST(pixels.width() == 1600);
  BOOST_TEST(pixels.height() > 700);
  for (const std::size_t kind : {0, 1}) BOOST_TEST(pixels.count(kCurveColours[kind].rgb) > 1000u);
  BOOST_TEST(pixels.count(kCurveColours[2].rgb) == 0u);
  BOOST_TEST(pixels.count(kPaper.rgb) > 1'000'000u);
  BOOST_TEST(pixels.count(kInk.rgb) > 500u);  // text, so that there is a font
}

BOOST_AUTO_TEST_CASE(markup_holds_any_bytes) {
  BOOST_TEST(escape_markup("<a href=\"x\">&'") == "&lt;a href=&quot;x&quot;&gt;&amp;'");
  BOOST_TEST(escape_markup(std::string("\x01\0\xFF\xEF\xBF\xBF\t", 7)) == "\uFFFD\uFFFD\uFFFD\uFFFD\t");
  Figure figure = two_curves();
  figure.title = figure.curves[0].label = "</text><script>\"&\xFF";
  const std::string svg = draw_svg(figure);
  BOOST_TEST(count(svg, "<script") == 0u);
  BOOST_TEST(count(svg, "&lt;/text&gt;&lt;script&gt;&quot;&amp;\uFFFD") == 3u);  // title twice, and the label
  BOOST_TEST(Pixels(draw_png(figure)).width() == 1600);
}

BOOST_AUTO_TEST_CASE(a_single_point_is_a_marker) {
  Figure figure = two_curves();
  figure.curves.resize(1);
  figure.curves[0].points = {{5, 3}};
  const std::string svg = draw_svg(figure);
  BOOST_TEST(count(svg, "<circle class=\"blue\"") == 2u);  // and one beside the label
  figure.curves[0].points.push_back({6, 3});
  BOOST_TEST(count(draw_svg(figure), "<circle class=\"blue\"") == 3u);
}

BOOST_AUTO_TEST_CASE(faint_curves_have_no_label_and_lie_below) {
  Figure figure = two_curves();
  figure.curves[1].faint = true;
  const std::string svg = draw_svg(figure);
  BOOST_TEST((text_place(svg, "rnn size 100") == svg.npos));
  BOOST_TEST(count(svg, "<path class=\"vermilion\"") == 1u);
  BOOST_TEST(svg.find("class=\"vermilion\"") < svg.find("class=\"blue\""));
}

// Each kind has colour, marker and dashes that no other has, for many kinds.
BOOST_AUTO_TEST_CASE(kinds_look_different) {
  std::vector<std::string> looks;
  for (std::size_t kind = 0; kind < 28; ++kind) {
    Figure figure{.title = "", .note = "", .x_title = "", .y_title = "", .curves = {}};
    figure.curves = {{"a", {{0, 1}, {1, 1}}, kind, false}};
    looks.push_back(draw_svg(figure));
  }
  std::sort(looks.begin(), looks.end());
  BOOST_TEST((std::unique(looks.begin(), looks.end()) == looks.end()));
}

BOOST_AUTO_TEST_CASE(everything_is_inside_whatever_the_values) {
  BOOST_TEST(rc::check([] {
    Figure figure = two_curves();
    figure.log_y = *rc::gen::arbitrary<bool>();
    const int exponent = *rc::gen::inRange(-12, 12);
    const std::size_t labels = *rc::gen::inRange<std::size_t>(1, 60);
    figure.curves.resize(labels, figure.curves[0]);
    for (Curve& curve : figure.curves) {
      curve.label = std::string(*rc::gen::inRange<std::size_t>(0, 100), 'm');
      for (Point& point : curve.points) {
        point.x *= std::pow(10.0, exponent);
        point.y *= std::pow(10.0, exponent) * *rc::gen::inRange(1, 1000);
      }
    }
    const Layout layout = lay_out(figure);
    RC_ASSERT(layout.right > layout.left + 200);
    for (const Curve& curve : figure.curves)
      for (const Point& point : curve.points) {
        const Point at = layout.place(point);
        RC_ASSERT(at.x >= layout.left - 1e-3);
        RC_ASSERT(at.x <= layout.right + 1e-3);
        RC_ASSERT(at.y >= layout.top - 1e-3);
        RC_ASSERT(at.y <= layout.bottom + 1e-3);
      }
    for (std::size_t i = 0; i < layout.labels.size(); ++i) {
      RC_ASSERT(layout.right + 24 + text_width(layout.labels[i].text, kTextSize) < layout.width);
      for (std::size_t j = 0; j < i; ++j)
        RC_ASSERT(std::abs(layout.labels[i].y - layout.labels[j].y) >= kTextSize);
    }
  }));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_drawn_is_refused) {
  BOOST_CHECK_THROW(draw_svg({}), std::invalid_argument);
  Figure figure = two_curves();
  figure.curves[0].points[3].y = std::numeric_limits<double>::quiet_NaN();
  BOOST_CHECK_THROW(draw_png(figure), std::invalid_argument);
  figure = two_curves();
  figure.curves[0].points[3].y = 0;
  BOOST_CHECK_NO_THROW(draw_svg(figure));
  figure.log_y = true;
  BOOST_CHECK_THROW(draw_svg(figure), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(thinning_keeps_ends_and_extremes) {
  BOOST_TEST(rc::check([] {
    std::vector<Point> points;
    double x = 0;
    for (int i = *rc::gen::inRange(1, 300); i > 0; --i)
      points.push_back(
          {x += *rc::gen::inRange(0, 10) / 10.0, static_cast<double>(*rc::gen::inRange(0, 1000))});
    const std::vector<Point> kept = thin_out(points, 2);
    RC_ASSERT(kept.size() <= 4 * static_cast<std::size_t>(x / 2 + 1));
    RC_ASSERT(kept.front() == points.front());
    RC_ASSERT(kept.back() == points.back());
    for (const bool highest : {false, true}) {
      const auto best = [&](const std::vector<Point>& of, double from) {
        double y = std::nan("");
        for (const Point& p : of)
          if (std::floor(p.x / 2) == from && !(highest ? p.y <= y : p.y >= y)) y = p.y;
        return y;
      };
      for (const Point& p : points)
        RC_ASSERT(best(kept, std::floor(p.x / 2)) == best(points, std::floor(p.x / 2)));
    }
  }));
}

BOOST_AUTO_TEST_CASE(long_curves_give_small_files) {
  Figure figure = two_curves();
  figure.curves[0].points.clear();
  for (int i = 0; i < 200'000; ++i)
    figure.curves[0].points.push_back({static_cast<double>(i), 1 + std::sin(i) + 1e5 / (1e4 + i)});
  BOOST_TEST(draw_svg(figure).size() < 60'000u);
}

}  // namespace favras::plot
