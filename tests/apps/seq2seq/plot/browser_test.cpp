// The report in a browser: it is drawn, in the light and in the dark. Skipped where there is no Chromium.
#include <cstdio>
#include <cstdlib>
#include <string>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "apps/seq2seq/plot/canvas.h"
#include "apps/seq2seq/plot/report_page.h"
#include "tests/apps/seq2seq/plot/pixels.h"
#include "tests/apps/seq2seq/plot/run_place.h"

namespace favras::test {

namespace {

constexpr int kSkipped = 77;

struct BrowserPlace : RunPlace {
  BrowserPlace() {
    const std::string events = started() + progress(1, 3.5) + progress(2, 2.5) + epoch(1, 2, 0.5, true);
    write_all(*this / "report.html", seq2seq::report_page({seq2seq::read_run(write_run("run", events))}, {}));
  }

  plot::Pixels screenshot(const std::string& option = "") const {
    const std::string command = fmt::format(
        "cd {} && timeout 60 chromium --headless --no-sandbox --disable-gpu --user-data-dir={} {} "
        "--window-size=1000,1500 --screenshot=shot.png report.html >log 2>&1",
        path().string(), at("profile"), option);
    const int status = std::system(command.c_str());
    BOOST_TEST_REQUIRE(status == 0, read_all(*this / "log"));
    return plot::Pixels(read_all(*this / "shot.png"));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(light_and_dark, BrowserPlace) {
  constexpr std::uint32_t kDarkPaper = 0x16181B, kDarkBlue = 0x3FA0DC;
  const plot::Pixels light = screenshot();
  BOOST_TEST(light.count(plot::kCurveColours[0].rgb) > 500u);
  BOOST_TEST(light.count(plot::kPaper.rgb) > 1'000'000u);
  const plot::Pixels dark = screenshot("--blink-settings=preferredColorScheme=0");
  BOOST_TEST(dark.count(kDarkBlue) > 500u);
  BOOST_TEST(dark.count(kDarkPaper) > 1'000'000u);
  BOOST_TEST(dark.count(plot::kPaper.rgb) < 1000u);
}

}  // namespace favras::test

int main(int argc, char** argv) {
  if (std::system("command -v chromium >/dev/null") != 0) {
    std::puts("skipped: there is no chromium");
    return favras::test::kSkipped;
  }
  return boost::unit_test::unit_test_main(&init_unit_test, argc, argv);
}
