// The command evaluate on a model that has learned next to nothing: its figures are those of its own
// examples.
#include <string>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

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

}  // namespace favras::test
