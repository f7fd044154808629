// The report: all that is known of the runs, nothing that is not, and nothing from elsewhere.
#include "apps/seq2seq/plot/report_page.h"

#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/apps/seq2seq/plot/run_place.h"

namespace favras::seq2seq {

using namespace test;

namespace {

const std::vector<std::string> kHyperParameters{"batch-size", "rnn-size"};

struct ReportPlace : RunPlace {
  std::vector<RunHistory> runs() const {
    return {read_run(write_run("small", started() + progress(1, 3.5) + progress(2, 2.25) +
                                            epoch(1, 2, 0.5, true) +
                                            "{\"event\":\"finished\",\"seconds\":75}\n")),
            read_run(write_run("big", started() + progress(1, 3) + epoch(1, 1, 0.125, false),
                               "batch-size = 128\nrnn-size = 100\nseed = 1\n"))};
  }
};

bool contains(const std::string& page, const std::string& text) { return page.find(text) != page.npos; }

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t times = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++times;
  return times;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(it_says_what_is_known, ReportPlace) {
  const std::string page = report_page(runs(), kHyperParameters);
  BOOST_TEST(contains(page, "<title>Training of 2 runs</title>"));
  BOOST_TEST(count(page, "<svg ") == 4u);
  BOOST_TEST(contains(page, ">State</th><td>finished</td><td>under way, or cut off</td>"));
  BOOST_TEST(contains(page, ">Training lines seen</th><td>200</td><td>100</td>"));
  BOOST_TEST(contains(page, ">Best epoch</th><td>1 (step 2)</td><td>–</td>"));
  BOOST_TEST(contains(page, ">  its validation loss</th><td>2.2500</td><td>–</td>"));
  BOOST_TEST(
      contains(page, "<td>50.0 % (doing nothing: 25.0 %)</td><td>12.5 % (doing nothing: 25.0 %)</td>"));
  BOOST_TEST(contains(page, ">Trained for</th><td>1m15s</td><td>1.5 s</td>"));
  BOOST_TEST(contains(page, ">Checkpoints saved</th><td>0</td><td>0</td>"));
}

BOOST_FIXTURE_TEST_CASE(settings_that_differ_are_marked, ReportPlace) {
  const std::string page = report_page(runs(), kHyperParameters);
  BOOST_TEST(contains(page, "<tr><th scope=\"row\">batch-size</th><td>128</td><td>128</td>"));
  BOOST_TEST(
      contains(page, "<tr class=\"differs\"><th scope=\"row\">rnn-size ≠</th><td>50</td><td>100</td>"));
  BOOST_TEST(contains(page, "<tr class=\"differs\"><th scope=\"row\">seed ≠</th><td>–</td><td>1</td>"));
}

BOOST_FIXTURE_TEST_CASE(it_stands_alone_and_is_the_same_again, ReportPlace) {
  const std::string page = report_page(runs(), kHyperParameters);
  for (const char* part : {"<script", "href=", "src=", "url(", "@import", "<link", "<img", "<iframe"})
    BOOST_TEST(!contains(page, part), part);
  BOOST_TEST(count(page, "http") == 4u);  // the name space of SVG, one a picture
  BOOST_TEST((page == report_page(runs(), kHyperParameters)));
}

BOOST_FIXTURE_TEST_CASE(a_run_of_which_nothing_is_known, ReportPlace) {
  const std::string page = report_page({read_run(write_run("new", "", "broken"))}, kHyperParameters);
  BOOST_TEST(contains(page, "<title>Training of new</title>"));
  BOOST_TEST(contains(page, "No training has been logged yet."));
  BOOST_TEST(contains(page, "No config.ini could be read."));
  BOOST_TEST(contains(page, "nothing known"));
  BOOST_TEST(!contains(page, "Examples"));
}

BOOST_FIXTURE_TEST_CASE(examples_right_and_wrong, ReportPlace) {
  const std::string page =
      report_page({read_run(write_run("run", R"({"event":"epoch","lines_seen":1,"examples":[)"
                                             R"({"noisy":"teh <b>","output":"teh <b>","clean":"the <b>"},)"
                                             R"({"noisy":"smal","output":"small","clean":"small"}]})"
                                             "\n"))},
                  kHyperParameters);
  BOOST_TEST(contains(page, "<td>✓</td><td>smal</td><td>small</td><td>small</td>"));
  BOOST_TEST(contains(page, "<td>✗</td><td>teh &lt;b&gt;</td><td>teh &lt;b&gt;</td><td>the &lt;b&gt;</td>"));
  BOOST_TEST(page.find("✓") < page.find("✗"));
}

BOOST_FIXTURE_TEST_CASE(everything_is_escaped, ReportPlace) {
  const std::string evil = "<script>alert(1)</script>&\"";
  const auto with = [&](const std::string& name) {
    return read_run(write_run(
        name, "{\"event\":\"interrupted\",\"reason\":\"<script>&\",\"time\":\"<script>\"}\n" + progress(1, 3),
        "noise = " + evil + name + "\n<script> = 1\n"));
  };
  const std::string page = report_page({with("<script>a"), with("b")}, {"noise", "<script>"});
  BOOST_TEST(!contains(page, "<script"));
  BOOST_TEST(contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;"));
}

}  // namespace favras::seq2seq
