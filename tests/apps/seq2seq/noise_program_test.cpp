// The command noise, and train and evaluate with --noise: what is previewed is what is trained and measured
// on.
#include <string>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/apps/seq2seq/program.h"

namespace favras::test {

namespace {

namespace json = boost::json;

// "it", "will" and "people" are held out (misspellings.h), the others are not.
constexpr std::string_view kMisspellings =
    "teh\tthe\nbeleive\tbelieve\nborwn\tbrown\nist\tit\nwil\twill\npeopel\tpeople\npoeple\tpeople\n";

// Text data of 400 lines, with misspellings and without.
class NoisePlace : public TrainingPlace {
 public:
  NoisePlace() {
    std::string text;
    for (int i = 0; i < 400; ++i)
      text += fmt::format("{} brown {} believe the {} it\n", i % 3 ? "people" : "the",
                          i % 7 ? "will" : "dogs", i);
    write_all(*this / "text", text);
    write_all(*this / "misspellings", kMisspellings);
    prepare({"--output", at("text-data"), at("text")});
    prepare({"--output", at("human-data"), "--misspellings", at("misspellings"), at("text")});
  }

  // Standard output of the command, which must end well.
  std::string output_of(const Words& words, std::string_view input = "") const {
    const Ended ended = run_seq2seq(words, input);
    BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
    return ended.out;
  }

 private:
  void prepare(Words words) const {
    words.insert(words.begin(), "prepare");
    words.insert(words.end(), {"--threads", "1"});
    output_of(words);
  }
};

std::string without_speed(const std::string& report) {
  json::object object = json::parse(report).as_object();
  object.erase("lines_per_second");
  return json::serialize(object);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(noise)

BOOST_FIXTURE_TEST_CASE(what_is_previewed_is_what_a_run_is_measured_on, NoisePlace) {
  const std::string mix = "human=3,keyboard:qwertz=1";
  run_whole("run", {{"data", at("human-data")}, {"noise", "keyboard:qwertz=1.0,human=3"}, {"epochs", "1"}});
  BOOST_TEST(contains(read_all(*this / "run" / "config.ini"), "noise = " + mix + "\n"));

  const auto preview = [&](const std::string& noise) {
    return output_of(
        {"noise", "--data", at("human-data"), "--noise", noise, "--pairs", at("human-data/validation.txt")});
  };
  const auto evaluated = [&](Words words) {
    words.insert(words.begin(), {"evaluate", "--run", at("run"), "--threads", "1", "--json"});
    return without_speed(output_of(words));
  };
  const std::string of_run = preview(mix), uniform = preview("uniform=1");
  BOOST_TEST(of_run != uniform);
  write_all(*this / "run.tsv", of_run);
  write_all(*this / "uniform.tsv", uniform);
  BOOST_TEST(evaluated({}) == evaluated({"--pairs", at("run.tsv")}));
  BOOST_TEST(evaluated({"--noise", "uniform=1"}) == evaluated({"--pairs", at("uniform.tsv")}));
  BOOST_TEST(evaluated({}) != evaluated({"--noise", "uniform=1"}));
  check_refused(*this / "run", {"evaluate", "--run", at("run"), "--pairs", at("run.tsv"), "--noise", "none"},
                2, "--noise is for clean lines; those of --pairs have their own mistakes");
  const Ended table = run_seq2seq({"evaluate", "--run", at("run"), "--noise", "none"});
  BOOST_TEST(contains(table.out, at("human-data") + ", noise none\n"), table.out);
}

BOOST_FIXTURE_TEST_CASE(a_run_keeps_its_noise, NoisePlace) {
  run_whole("run", {{"data", at("text-data")}, {"epochs", "1"}});
  const Words other = train("run", {{"data", at("text-data")}, {"epochs", "2"}, {"noise", "keyboard=1"}});
  const std::string refusal =
      "this run was started with --noise uniform=1, not keyboard=1: use another --run, or "
      "--allow-change noise";
  check_refused(*this / "run", other, 1, refusal);
  // As a run from before there was a choice.
  std::string config = read_all(*this / "run" / "config.ini");
  const auto line = config.find("noise = uniform=1\n");
  BOOST_TEST_REQUIRE(line != config.npos);
  write_all(*this / "run" / "config.ini", config.erase(line, std::string_view("noise = uniform=1\n").size()));
  check_refused(*this / "run", other, 1, refusal);
  const Words same = train("run", {{"data", at("text-data")}, {"epochs", "2"}});
  output_of(same);
  BOOST_TEST(contains(read_all(*this / "run" / "config.ini"), "noise = uniform=1\n"));
  Words allowed = train("run", {{"data", at("text-data")}, {"epochs", "3"}, {"noise", "keyboard=1"}});
  allowed.insert(allowed.end(), {"--allow-change", "noise"});
  output_of(allowed);
  BOOST_TEST(contains(read_all(*this / "run" / "config.ini"), "noise = keyboard=1\n"));
}

BOOST_FIXTURE_TEST_CASE(noise_that_the_data_cannot_have_is_refused_before_anything_is_made, NoisePlace) {
  check_refused(*this / ".", train("run", {{"noise", "uniform=1"}}), 2,
                "--noise is for clean lines; " + at("data") + " holds pairs, which have their own");
  check_refused(
      *this / ".", train("run", {{"data", at("text-data")}, {"noise", "human=1"}}), 1,
      "--noise human needs misspellings, and " + at("text-data") +
          " has none: prepare again with --misspellings FILE (scripts/fetch_corpus.sh --misspellings "
          "fetches some)");
  check_refused(*this / ".", train("run", {{"data", at("text-data")}, {"noise", "humna=1"}}), 2,
                "--noise 'humna=1' will not do: there is no noise 'humna'; did you mean human?");
  run_whole("pairs-run");  // without a noise, and so without a line for it
  BOOST_TEST(!contains(read_all(*this / "pairs-run" / "config.ini"), "noise ="));
  output_of(train("pairs-run", {{"epochs", "3"}}));
}

BOOST_FIXTURE_TEST_CASE(mistakes_are_marked_and_summed_up, NoisePlace) {
  const Ended marked =
      run_seq2seq({"noise", "--noise", "keyboard=5", "--seed", "1"}, "the brown brown fox\n");
  BOOST_TEST(marked.status == 0);
  BOOST_TEST(marked.out == "the breown broen fox\n      ^       ^\n");
  BOOST_TEST(marked.err ==
             "1 line, 0.0 % of them untouched\n50.0 % of 4 words wrong\n"
             "2 edits: replace 50.0 %, delete 0.0 %, insert 50.0 %, swap 0.0 %\n");

  const Ended clean = run_seq2seq({"noise", "--noise", "none"}, "  a  line \n\nanother\r\n");
  BOOST_TEST(clean.out == "a line\nanother\n");
  BOOST_TEST(clean.err ==
             "2 lines, 100.0 % of them untouched\n0.0 % of 3 words wrong\n"
             "0 edits: replace -, delete -, insert -, swap -\n");
  BOOST_TEST(output_of({"noise", "--noise", "none", "--pairs", "--lines", "1"}, "a\nb\n") == "a\ta\n");
}

BOOST_FIXTURE_TEST_CASE(lines_depend_on_seed_and_epoch_and_not_on_their_neighbours, NoisePlace) {
  const auto noisy = [&](const Words& more, std::string_view input) {
    Words words{"noise", "--noise", "uniform=5"};
    words.insert(words.end(), more.begin(), more.end());
    return output_of(words, input);
  };
  const std::string one = "the first of two lines, long enough\n",
                    two = "and the second one, as long as that\n";
  BOOST_TEST(noisy({"--pairs"}, one + two) == noisy({"--pairs"}, one) + noisy({"--pairs"}, two));
  BOOST_TEST(noisy({}, one) != noisy({"--epoch", "1"}, one));
  BOOST_TEST(noisy({}, one) != noisy({"--epoch", "281474976710655"}, one));
  BOOST_TEST(noisy({}, one) != noisy({"--seed", "2"}, one));
  BOOST_TEST(noisy({}, one) == noisy({"--seed", "1", "--epoch", "0"}, one));
}

// Though it starts itself anew (engine/thread_waiting.h).
BOOST_FIXTURE_TEST_CASE(the_process_is_called_after_the_program, ScratchDirectory) {
  std::array<int, 2> pipe{};
  BOOST_TEST_REQUIRE(::pipe(pipe.data()) == 0);
  Program program({"noise"}, "", Program::User::kSame, [&] {
    ::dup2(pipe[0], STDIN_FILENO);
    ::unsetenv("OMP_WAIT_POLICY");
  });
  const std::string file = fmt::format("/proc/{}/comm", program.id());
  std::string name;
  for (int tries = 0; tries < 10'000 && name != "seq2seq\n"; ++tries) {
    ::usleep(1000);
    name = read_all(file);
  }
  BOOST_TEST(name == "seq2seq\n");
  BOOST_TEST(program.finish_after(SIGTERM).status == -SIGTERM);
  ::close(pipe[0]);
  ::close(pipe[1]);
}

BOOST_FIXTURE_TEST_CASE(held_out_mistakes_make_a_test_set, NoisePlace) {
  const Ended ended = run_seq2seq({"noise", "--data", at("human-data"), "--held-out", "--pairs"},
                                  "the brown dog\nI believe the People\nPEOPLE\nthe people's\n");
  BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
  BOOST_TEST((ended.out == "I believe the Peopel\tI believe the People\nPOEPLE\tPEOPLE\n" ||
              ended.out == "I believe the Poeple\tI believe the People\nPOEPLE\tPEOPLE\n" ||
              ended.out == "I believe the Peopel\tI believe the People\nPEOPEL\tPEOPLE\n" ||
              ended.out == "I believe the Poeple\tI believe the People\nPEOPEL\tPEOPLE\n"),
             ended.out);
  BOOST_TEST(contains(ended.err, "2 lines, 0.0 % of them untouched; 2 left out"), ended.err);
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_shown_is_refused, NoisePlace) {
  const std::filesystem::path here = *this / ".";
  check_refused(here, {"noise", "--noise", "human=1"}, 2,
                "--noise human needs --misspellings FILE, or --data DIR that has some");
  check_refused(here, {"noise", "--held-out"}, 2,
                "--held-out needs --misspellings FILE, or --data DIR that has some");
  check_refused(here, {"noise", "--held-out", "--data", at("human-data"), "--noise", "uniform=1"}, 2,
                "--held-out makes mistakes of its own: leave --noise out");
  check_refused(here, {"noise", "--epoch", "281474976710656"}, 2,
                "--epoch 281474976710656: must be 281474976710655 at most");
  check_refused(here, {"noise", "--data", at("data")}, 2,
                "--noise is for clean lines; " + at("data") + " holds pairs, which have their own");
  check_refused(
      here, {"noise", "--noise", "uniform"}, 2,
      "--noise 'uniform' will not do: expected MODEL=WEIGHT,..., such as uniform=1,human=0.5, or none");
  check_refused(here, {"noise", "a", "b"}, 2, "noise takes one FILE at most");
  check_refused(here, {"noise", at("nowhere")}, 1,
                at("nowhere") + ": cannot be read: No such file or directory");
  write_all(*this / "latin1", "caf\xE9\n");
  check_refused(here, {"noise", at("latin1")}, 1, at("latin1") + ": line 1 is not valid UTF-8");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace favras::test
