// The commands plot and report, on a real run and on runs with damage: what they write is whole XML, and what
// they refuse leaves all as it was.
#include <cstdlib>
#include <filesystem>
#include <string>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "apps/seq2seq/plot/canvas.h"
#include "tests/apps/seq2seq/plot/pixels.h"
#include "tests/apps/seq2seq/plot/run_place.h"
#include "tests/apps/seq2seq/program.h"

namespace favras::test {

namespace {

// By the parser of Python, which forgives nothing.
void check_is_xml(const std::string& file) {
  const std::string command =
      fmt::format("python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' '{}'", file);
  const int status = std::system(command.c_str());
  BOOST_TEST(status == 0, read_all(file));
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

// Runs the words, which must do what they say, without a word on standard output.
std::string errors_of(const Words& words) {
  const Ended ended = run_seq2seq(words);
  BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
  BOOST_TEST(ended.out == "");
  return ended.err;
}

const std::string kEvents = started() + progress(1, 3.5) + progress(2, 2.5) + epoch(1, 2, 0.5, true);

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_training_is_drawn_and_told, TrainingPlace) {
  run_whole("run");
  for (const char* value : {"validation_loss", "loss", "accuracy", "learning_rate", "throughput"}) {
    BOOST_TEST(errors_of({"plot", at("run"), "--value", value, "--output", at("plot.svg")}) == "");
    check_is_xml(at("plot.svg"));
    BOOST_TEST(contains(read_all(*this / "plot.svg"), ">run</text>"), value);
  }
  BOOST_TEST(errors_of({"plot", at("run"), "--log", "--output", at("plot.png")}) == "");
  BOOST_TEST(plot::Pixels(read_all(*this / "plot.png")).count(plot::kCurveColours[0].rgb) > 1000u);
  BOOST_TEST(errors_of({"report", at("run"), "--output", at("report.html")}) == "");
  check_is_xml(at("report.html"));
  const std::string page = read_all(*this / "report.html");
  BOOST_TEST(contains(page, ">State</th><td>finished</td>"));
  BOOST_TEST(contains(page, ">Epochs done</th><td>2</td>"));
  BOOST_TEST(contains(page, ">batch-size</th><td>5</td>"));
}

BOOST_FIXTURE_TEST_CASE(the_same_runs_give_the_same_bytes, RunPlace) {
  write_run("a", kEvents);
  write_run("b", kEvents, "batch-size = 64\nrnn-size = 50\n");
  for (const char* name : {"x.svg", "x.png", "x.html"}) {
    const std::string command = std::string(name).ends_with("html") ? "report" : "plot";
    const auto bytes = [&] {
      BOOST_TEST(errors_of({command, at("a"), at("b"), "--output", at(name)}) == "");
      return read_all(*this / name);
    };
    BOOST_TEST((bytes() == bytes()), name);
  }
  BOOST_TEST(contains(read_all(*this / "x.svg"), ">batch size 128</text>"));
  BOOST_TEST(contains(read_all(*this / "x.svg"), ">batch size 64</text>"));
}

BOOST_FIXTURE_TEST_CASE(damage_is_told_and_left_out, RunPlace) {
  const std::string damaged = write_run("damaged", "{\"event\":\n" + kEvents + "{\"event\":\"prog");
  const std::string empty = write_run("empty", started());
  BOOST_TEST(
      errors_of({"plot", damaged, empty, "--output", at("x.svg")}) ==
      damaged +
          ": 1 line of events.jsonl cannot be read: left out\nseq2seq plot: no validation loss yet in " +
          empty + ": left out\n");
  check_is_xml(at("x.svg"));
  BOOST_TEST(
      contains(errors_of({"report", damaged, empty, "--output", at("x.html")}), "1 line of events.jsonl"));
  check_is_xml(at("x.html"));
}

BOOST_FIXTURE_TEST_CASE(any_names_and_values_will_do, RunPlace) {
  const std::string odd = write_run("<&\"'\x01\xFF>", kEvents, "data = <\xFF&\x02\nnoise = \"]]>\n");
  const std::string other = write_run("]]>", kEvents, "data = -->\n");
  for (const char* name : {"x.svg", "x.html"}) {
    errors_of({std::string(name).ends_with("html") ? "report" : "plot", odd, other, "--output", at(name)});
    check_is_xml(at(name));
  }
}

BOOST_FIXTURE_TEST_CASE(a_link_stays_one, RunPlace) {
  write_all(*this / "there.svg", "old");
  std::filesystem::create_symlink(*this / "there.svg", *this / "link.svg");
  errors_of({"plot", write_run("run", kEvents), "--output", at("link.svg")});
  BOOST_TEST(std::filesystem::is_symlink(*this / "link.svg"));
  check_is_xml(at("there.svg"));
}

BOOST_FIXTURE_TEST_CASE(wrong_usage_is_refused, RunPlace) {
  const std::string run = write_run("run", kEvents), svg = at("x.svg");
  const auto refused = [&](const Words& words, int status, const std::string& message) {
    check_refused(path(), words, status, message);
  };
  refused({"plot", run}, 2, "--output is needed");
  refused({"report", run}, 2, "--output is needed");
  refused({"plot", "--output", svg}, 2, "name a RUN at least: the directory of a training");
  refused({"report", "--output", at("x.html")}, 2, "name a RUN at least: the directory of a training");
  refused({"plot", run, "--output", at("x.pdf")}, 2,
          "--output " + at("x.pdf") + ": must end in .svg or .png");
  refused({"plot", run, "--output", at("no/x.svg")}, 2,
          "--output " + at("no/x.svg") + ": there is no directory " + at("no"));
  refused({"report", run, "--output", run}, 2, "--output " + run + ": is no file");
  refused({"plot", run, run + "/", "--output", svg}, 2, run + "/ is named twice");
  refused({"plot", run, "--output", svg, "--value", "speed"}, 2,
          "--value 'speed' will not do: use validation_loss, loss, accuracy, learning_rate, throughput");
}

BOOST_FIXTURE_TEST_CASE(what_is_no_run_or_has_nothing_to_show_is_refused, RunPlace) {
  const std::string empty = write_run("empty", ""), zero = write_run("zero", progress(1, 0)),
                    svg = at("x.svg");
  std::filesystem::create_directory(*this / "folder");
  const auto refused = [&](const Words& words, const std::string& message) {
    check_refused(path(), words, 1, message);
  };
  refused({"plot", at("nowhere"), "--output", svg}, at("nowhere") + ": no such run directory");
  refused({"report", at("folder"), "--output", svg},
          at("folder") + " holds no events.jsonl: name the directory that train --run got");
  refused({"plot", empty, "--output", svg},
          "no validation loss yet in " + empty + ": train further, or choose another --value");
  const std::string unvalidated = write_run(
      "unvalidated", R"({"event":"progress","step":1,"lines_seen":32,"loss":2,"validation_loss":null})"
                     "\n");
  refused({"plot", unvalidated, "--output", svg},
          "no validation loss yet in " + unvalidated +
              ", whose data has no validation lines: --value loss can be drawn");
  BOOST_TEST(run_seq2seq({"plot", unvalidated, "--value", "loss", "--output", svg}).status == 0);
  refused({"plot", zero, "--output", svg, "--log"}, "no validation loss is above zero: leave --log out");
}

}  // namespace favras::test
