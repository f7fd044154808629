// The command evaluate on a model that has learned next to nothing: its figures are those of its own
// examples, and what its options change.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <pty.h>
#include <sstream>
#include <string>
#include <unistd.h>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include "tests/apps/seq2seq/program.h"

namespace favras::test {

namespace {

namespace json = boost::json;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

}  // namespace

BOOST_FIXTURE_TEST_CASE(pairs_with_one_mistake_of_each_kind, TrainingPlace) {
  run_whole("run");
  write_all(*this / "five.tsv", "abxd\tabcd\nabd\tabcd\nabbcd\tabcd\nbacd\tabcd\nabcd\tabcd\n");
  const Words words{"evaluate", "--run", at("run"), "--pairs", at("five.tsv"), "--examples", "9"};
  Words json_words = words;
  json_words.push_back("--json");
  const Ended ended = run_seq2seq(json_words);
  BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
  const json::object report = json::parse(ended.out).as_object();
  BOOST_TEST(report.at("lines").to_number<int>() == 5);
  BOOST_TEST(report.at("do_nothing_sentence_accuracy").to_number<double>() == 0.2);
  BOOST_TEST(report.at("do_nothing_sentence_accuracy_interval").as_array().size() == 2u);
  for (const auto& [kind, group] : report.at("by_kind").as_object())
    BOOST_TEST(group.at("lines").to_number<int>() == 1, kind);
  BOOST_TEST(report.at("by_length").as_array().size() == 1u);

  const Ended text = run_seq2seq(words);
  BOOST_TEST_REQUIRE(text.status == 0, text.err);
  BOOST_TEST(contains(text.out, "\nreplace                  1 "), text.out);
  BOOST_TEST(contains(text.out, "\nnoisy   abxd\n          ^\nmodel   "), text.out);
  BOOST_TEST(contains(text.out, "\nnoisy   abd\n          |\nmodel   "), text.out);
  BOOST_TEST(contains(text.out, "\nnoisy   bacd\n        ^^\nmodel   "), text.out);
  BOOST_TEST(!contains(text.out, "\x1b"), "colours where there is no terminal");
  for (const json::value& example : report.at("examples").as_array())
    BOOST_TEST(contains(text.out, "\nmodel   " + std::string(example.at("output").as_string()) + "\n"));
}

BOOST_FIXTURE_TEST_CASE(in_bf16_the_loss_is_nearly_the_same, TrainingPlace) {
  run_whole("run");
  const auto loss = [&](const std::string& precision) {
    const Ended ended = run_seq2seq({"evaluate", "--run", at("run"), "--precision", precision, "--json"});
    BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
    const bool replaced =
        contains(ended.err, "--precision " + precision + ": cpu computes products in fp32\n");
    BOOST_TEST((precision == "tf32" ? replaced : precision == "bf16" || !replaced));
    return json::parse(ended.out).at("loss").to_number<double>();
  };
  BOOST_TEST(loss("bf16") == loss("fp32"), boost::test_tools::tolerance(0.01));
  BOOST_TEST(loss("tf32") == loss("fp32"));
  const Ended refused = run_seq2seq({"evaluate", "--run", at("run"), "--precision", "fp8"});
  BOOST_TEST(refused.status == 2);
  BOOST_TEST(contains(refused.err, "--precision: unknown precision 'fp8': use fp32, tf32 or bf16"),
             refused.err);
}

BOOST_FIXTURE_TEST_CASE(lines_that_another_program_corrected, TrainingPlace) {
  write_all(*this / "five.tsv", "abxd\tabcd\nabd\tabcd\nabbcd\tabcd\nbacd\tabcd\nabcd\tabcd\n");
  write_all(*this / "lines", "abcd\n abcd\nabbcd\nbacd\nabxd\n");
  const Words words{"evaluate", "--pairs", at("five.tsv"), "--corrected", at("lines")};
  Words json_words = words;
  json_words.push_back("--json");
  const Ended ended = run_seq2seq(json_words);
  BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
  const json::object report = json::parse(ended.out).as_object();
  BOOST_TEST(report.at("sentence_accuracy").to_number<double>() == 0.4);
  BOOST_TEST(report.at("errors_fixed").to_number<int>() == 2);
  BOOST_TEST(report.at("good_words_broken").to_number<int>() == 1);
  BOOST_TEST(report.at("loss").is_null());
  const Ended text = run_seq2seq(words);
  BOOST_TEST(contains(text.out, "2 of 4 wrong words"), text.out);
  BOOST_TEST(!contains(text.out, "loss"), text.out);
  Words examples = words;
  examples.insert(examples.end(), {"--examples", "1"});
  const Ended shown = run_seq2seq(examples);
  BOOST_TEST(
      contains(shown.out, "\n                                              output              do nothing\n"),
      shown.out);
  BOOST_TEST(contains(shown.out, "\nnoisy   abxd\n          ^\noutput  abcd\nclean   abcd\n"), shown.out);
  BOOST_TEST(!contains(shown.out, "model"), shown.out);

  Words first_words = json_words;
  first_words.insert(first_words.end(), {"--lines", "4"});
  const json::object first = json::parse(run_seq2seq(first_words).out).as_object();
  BOOST_TEST(first.at("lines") == 4);
  BOOST_TEST(first.at("sentence_accuracy").to_number<double>() == 0.5);

  write_all(*this / "lines", "abcd\n");
  const Ended short_file = run_seq2seq(words);
  BOOST_TEST(short_file.status == 1);
  BOOST_TEST(contains(short_file.err, "lines has 1 line, "), short_file.err);
  Words with_run = words;
  with_run.insert(with_run.end(), {"--run", at("run")});
  BOOST_TEST(run_seq2seq(with_run).status == 2);
  BOOST_TEST(run_seq2seq({"evaluate", "--corrected", at("lines")}).status == 2);
}

// More lines than are decoded at a time, of lengths that come in no order: outputs stand beside their lines,
// and the terminal is told.
BOOST_FIXTURE_TEST_CASE(many_lines_keep_their_order_and_show_how_far_it_is, TrainingPlace) {
  run_whole("run");
  std::string pairs, noisy;
  for (int i = 0; i < 5000; ++i) {
    std::string line;
    for (int n = i * 7919 % 5000; n > 0; n /= 6) line += static_cast<char>('a' + n % 6);
    line += 'a';
    pairs += line + "\tabcd\n";
    noisy += line + '\n';
  }
  write_all(*this / "many.tsv", pairs);
  write_all(*this / "noisy.txt", noisy);
  int terminal = -1, end = -1;
  BOOST_TEST_REQUIRE(::openpty(&terminal, &end, nullptr, nullptr, nullptr) == 0);
  Program program({"evaluate", "--run", at("run"), "--pairs", at("many.tsv"), "--threads", "1", "--json",
                   "--examples", "5000"},
                  "", Program::User::kSame, [&] { ::dup2(end, STDERR_FILENO); });
  const Ended ended = program.finish();
  BOOST_TEST_REQUIRE(::write(end, "\n", 1) == 1);  // so that there is something to read
  std::string shown;
  std::array<char, 4096> part;
  while (!shown.ends_with("\r\n")) {  // it comes in parts
    const ssize_t size = ::read(terminal, part.data(), part.size());
    BOOST_TEST_REQUIRE(size > 0);
    shown.append(part.data(), static_cast<std::size_t>(size));
  }
  ::close(end);
  ::close(terminal);
  BOOST_TEST_REQUIRE(ended.status == 0, shown);
  BOOST_TEST(contains(shown, " lines/s  "), shown);
  BOOST_TEST(contains(shown, "loss  "), shown);
  BOOST_TEST(shown.ends_with("\r\x1b[K\r\n"), shown);

  const Ended corrected = run_seq2seq({"correct", "--run", at("run"), "--threads", "1", at("noisy.txt")});
  std::istringstream lines(corrected.out);
  const json::value report = json::parse(ended.out);
  BOOST_TEST(report.at("examples").as_array().size() == 5000u);
  int others = 0;  // in other batches a sum may round otherwise, and an even choice turn
  for (const json::value& example : report.at("examples").as_array()) {
    std::string line;
    std::getline(lines, line);
    others += example.at("output").as_string() != line;
  }
  BOOST_TEST(others < 50);
}

// The first lines come to what they come to alone; asked for more than there are, all do.
BOOST_FIXTURE_TEST_CASE(the_first_lines_alone, TrainingPlace) {
  run_whole("run");
  const auto examples = [&](const std::string& lines) {
    const Ended ended = run_seq2seq(
        {"evaluate", "--run", at("run"), "--threads", "1", "--json", "--examples", "999", "--lines", lines});
    BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
    const json::object report = json::parse(ended.out).as_object();
    return std::pair(report.at("lines").to_number<int>(), report.at("examples").as_array());
  };
  const auto [all, every] = examples("0");
  const auto [some, few] = examples("7");
  BOOST_TEST(all > 7);
  BOOST_TEST(some == 7);
  BOOST_TEST(few.size() <= 7u);
  for (std::size_t i = 0; i < few.size(); ++i) BOOST_TEST(few[i].at("noisy") == every[i].at("noisy"));
  BOOST_TEST(examples("1000000").first == all);
  const Ended text = run_seq2seq({"evaluate", "--run", at("run"), "--lines", "7"});
  BOOST_TEST(contains(text.out, ", the first 7 lines"), text.out);
}

// Longer than what the model has read, and with characters that it does not know.
BOOST_FIXTURE_TEST_CASE(pairs_of_text_come_out_as_correct_writes_them, TrainingPlace) {
  std::string lines, noisy = "3 sh\u00E9ep and 4 goats\n", pairs;
  for (int i = 0; i < 200; ++i) lines += fmt::format("{} sheep and {} goats\n", i, 7 * i % 200);
  for (int i = 0; i < 30; ++i) noisy += "and sheep and goats ";
  write_all(*this / "lines.txt", lines);
  BOOST_TEST_REQUIRE(run_seq2seq({"prepare", "--output", at("text"), at("lines.txt")}).status == 0);
  run_whole("run", {{"data", at("text")}, {"noise", "uniform=1"}});
  write_all(*this / "noisy.txt", noisy + "end\n");
  std::istringstream in(noisy + "end\n");
  for (std::string line; std::getline(in, line);) pairs += line + "\tsomething else\n";
  write_all(*this / "pairs.tsv", pairs);
  const Ended corrected = run_seq2seq({"correct", "--run", at("run"), "--threads", "1", at("noisy.txt")});
  ::setenv("FAVRAS_DATA", at("text").c_str(), 1);  // the command line wins
  const Ended ended = run_seq2seq({"evaluate", "--run", at("run"), "--threads", "1", "--pairs",
                                   at("pairs.tsv"), "--json", "--examples", "9"});
  const Ended both =
      run_seq2seq({"evaluate", "--run", at("run"), "--data", at("text"), "--pairs", at("pairs.tsv")});
  const Ended of_others =
      run_seq2seq({"evaluate", "--pairs", at("pairs.tsv"), "--corrected", at("noisy.txt")});
  ::unsetenv("FAVRAS_DATA");
  BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
  std::string outputs;
  const json::value report = json::parse(ended.out);
  for (const json::value& example : report.at("examples").as_array())
    outputs += std::string(example.at("output").as_string()) + '\n';
  BOOST_TEST(outputs == corrected.out);
  BOOST_TEST(both.status == 2);
  BOOST_TEST(contains(both.err, "--data and --pairs: use one of the two"), both.err);
  BOOST_TEST(of_others.status == 0, of_others.err);
}

BOOST_FIXTURE_TEST_CASE(wider_beams_and_words_kept, TrainingPlace) {
  run_whole("run");
  const auto report = [&](const Words& more) {
    Words words{"evaluate", "--run", at("run"), "--json", "--threads", "1", "--examples", "99"};
    words.insert(words.end(), more.begin(), more.end());
    const Ended ended = run_seq2seq(words);
    BOOST_TEST_REQUIRE(ended.status == 0, ended.err);
    json::object object = json::parse(ended.out).as_object();
    object.erase("lines_per_second");
    return object;
  };
  const json::object greedy = report({});
  BOOST_TEST(json::serialize(report({"--beam", "1", "--keep-unless", "0"})) == json::serialize(greedy));
  BOOST_TEST(json::serialize(report({"--beam", "5"})) != json::serialize(greedy));
  BOOST_TEST(report({"--beam", "5"}).at("loss") == greedy.at("loss"));  // of the clean lines, however decoded

  const json::object kept = report({"--keep-unless", "1"});
  BOOST_TEST(kept.at("sentence_accuracy") == kept.at("do_nothing_sentence_accuracy"));
  BOOST_TEST(kept.at("good_words_broken") == 0);
  BOOST_TEST(greedy.at("good_words_broken").to_number<int>() > 0);
  for (const json::value& example : kept.at("examples").as_array())
    BOOST_TEST(example.at("output") == example.at("noisy"));

  const Ended text = run_seq2seq({"evaluate", "--run", at("run"), "--beam", "3", "--keep-unless", "0.25"});
  BOOST_TEST(contains(text.out, ", beam 3, words kept unless 0.25, on "), text.out);
  check_refused(path(), {"evaluate", "--run", at("run"), "--beam", "0"}, 2, "--beam 0: must be from 1 to 64");
}

}  // namespace favras::test
