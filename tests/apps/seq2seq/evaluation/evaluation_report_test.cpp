// What an evaluation prints, for a handful of lines whose figures are known.
#include "apps/seq2seq/evaluation/evaluation_report.h"

#include <string_view>

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/evaluation/wilson.h"

namespace favras::seq2seq {

namespace {

namespace json = boost::json;

Evaluation evaluation_of_four_lines() {
  Evaluation evaluation;
  evaluation.model = "run/best.safetensors, step 7";
  evaluation.lines_of = "some.tsv";
  evaluation.device = "cpu";
  evaluation.noisy = {U"the cat sat", U"teh cat sat", U"alot of it there", U"the cat sat"};
  evaluation.clean = {U"the cat sat", U"the cat sat", U"a lot of it there", U"the cat sat"};
  evaluation.output = {U"the cat sat", U"the cat sat", U"alot of it there", U"the cut sat"};
  evaluation.loss = 0.5;
  evaluation.lines_per_second = 1000;
  evaluation.measure();
  return evaluation;
}

void check_share(const json::object& object, const std::string& key, std::uint64_t part,
                 std::uint64_t whole) {
  BOOST_TEST(object.at(key).to_number<double>() == static_cast<double>(part) / static_cast<double>(whole),
             key);
  const json::array& ends = object.at(key + "_interval").as_array();
  BOOST_TEST_REQUIRE(ends.size() == 2u);
  const auto [low, high] = wilson_interval(part, whole);
  BOOST_TEST(ends[0].to_number<double>() == low, key);
  BOOST_TEST(ends[1].to_number<double>() == high, key);
}

void check_nothing(const json::object& object, const std::string& key) {
  BOOST_TEST(object.at(key).is_null(), key);
  BOOST_TEST((object.at(key + "_interval") == json::array{nullptr, nullptr}), key);
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

BOOST_AUTO_TEST_CASE(json_of_all_lines) {
  const json::object object = report_json(evaluation_of_four_lines(), 0);
  BOOST_TEST(object.at("lines").to_number<int>() == 4);
  BOOST_TEST(object.at("loss").to_number<double>() == 0.5);
  BOOST_TEST(object.at("lines_per_second").to_number<double>() == 1000.0);
  check_share(object, "sentence_accuracy", 2, 4);
  check_share(object, "do_nothing_sentence_accuracy", 2, 4);
  BOOST_TEST(object.at("character_accuracy").to_number<double>() == 1.0 - 2.0 / 50.0);
  BOOST_TEST(object.at("do_nothing_character_accuracy").to_number<double>() == 1.0 - 3.0 / 50.0);
  BOOST_TEST(object.at("padded_character_accuracy").to_number<double>() == 223.0 / 240.0);
  BOOST_TEST(object.at("do_nothing_padded_character_accuracy").to_number<double>() == 222.0 / 240.0);
  BOOST_TEST(object.at("errors").to_number<int>() == 3);
  BOOST_TEST(object.at("errors_fixed").to_number<int>() == 1);
  check_share(object, "errors_fixed_share", 1, 3);
  BOOST_TEST(object.at("good_words").to_number<int>() == 11);
  BOOST_TEST(object.at("good_words_broken").to_number<int>() == 1);
  check_share(object, "good_words_broken_share", 1, 11);
  BOOST_TEST(!object.contains("examples"));
}

BOOST_AUTO_TEST_CASE(json_by_kind) {
  const json::object report = report_json(evaluation_of_four_lines(), 0);
  const json::object& kinds = report.at("by_kind").as_object();
  BOOST_TEST(kinds.size() == 5u);
  const json::object& swap = kinds.at("swap").as_object();
  BOOST_TEST(swap.at("lines").to_number<int>() == 1);
  check_share(swap, "sentence_accuracy", 1, 1);
  check_share(swap, "errors_fixed_share", 1, 1);
  check_share(swap, "good_words_broken_share", 0, 2);
  BOOST_TEST(swap.at("mistakes").to_number<int>() == 1);
  BOOST_TEST(swap.at("mistakes_repaired").to_number<int>() == 1);
  check_share(swap, "mistakes_repaired_share", 1, 1);
  const json::object& lost = kinds.at("delete").as_object();
  check_share(lost, "errors_fixed_share", 0, 2);
  check_share(lost, "mistakes_repaired_share", 0, 1);
  const json::object& none = kinds.at("none").as_object();
  BOOST_TEST(none.at("lines").to_number<int>() == 2);
  check_share(none, "sentence_accuracy", 1, 2);
  check_share(none, "good_words_broken_share", 1, 6);
  check_nothing(none, "errors_fixed_share");
  BOOST_TEST(!none.contains("mistakes"));
  for (const char* kind : {"replace", "insert"}) {
    BOOST_TEST(kinds.at(kind).at("lines").to_number<int>() == 0);
    for (const char* key :
         {"sentence_accuracy", "errors_fixed_share", "good_words_broken_share", "mistakes_repaired_share"})
      check_nothing(kinds.at(kind).as_object(), key);
  }
}

BOOST_AUTO_TEST_CASE(json_by_length) {
  Evaluation evaluation;
  evaluation.noisy = evaluation.clean = {U"aa", std::u32string(55, U'a'), U"bb"};
  evaluation.output = {U"aa", U"", U"b"};
  evaluation.measure();
  const json::object report = report_json(evaluation, 0);
  const json::array& lengths = report.at("by_length").as_array();
  BOOST_TEST_REQUIRE(lengths.size() == 2u);
  BOOST_TEST(lengths[0].at("from").to_number<int>() == 1);
  BOOST_TEST(lengths[0].at("to").to_number<int>() == 10);
  BOOST_TEST(lengths[0].at("lines").to_number<int>() == 2);
  check_share(lengths[0].as_object(), "sentence_accuracy", 1, 2);
  check_share(lengths[0].as_object(), "good_words_broken_share", 1, 2);
  check_nothing(lengths[0].as_object(), "errors_fixed_share");
  BOOST_TEST(lengths[1].at("from").to_number<int>() == 51);
  BOOST_TEST(lengths[1].at("to").to_number<int>() == 60);
  check_share(lengths[1].as_object(), "sentence_accuracy", 0, 1);
}

BOOST_AUTO_TEST_CASE(json_examples_are_the_first_lines_with_something_wrong) {
  const Evaluation evaluation = evaluation_of_four_lines();
  const json::object report = report_json(evaluation, 2);
  const json::array& examples = report.at("examples").as_array();
  BOOST_TEST_REQUIRE(examples.size() == 2u);
  BOOST_TEST((examples[0] ==
              json::object{{"noisy", "teh cat sat"}, {"clean", "the cat sat"}, {"output", "the cat sat"}}));
  BOOST_TEST(examples[1].at("noisy").as_string() == "alot of it there");
  BOOST_TEST(report_json(evaluation, 100).at("examples").as_array().size() == 3u);
}

BOOST_AUTO_TEST_CASE(the_table) {
  const std::string table = report_table(evaluation_of_four_lines());
  for (const char* row :
       {"run/best.safetensors, step 7, on 4 lines of some.tsv\n",
        "exact lines                    50.00 % (15.00-85.00)   50.00 % (15.00-85.00)\n",
        "errors fixed       1 of 3 wrong words: 33.33 % (6.15-79.23)\n",
        "good words broken  1 of 11 right words: 9.09 % (1.62-37.74)\n", "loss               0.5000\n",
        "decoding           1000 lines/s on cpu\n",
        "\nswap                     1 100.00 % (20.65-100.00)      100.00 %        0.00 %           1 "
        "100.00 % (20.65-100.00)\n",
        "\nreplace                  0                       -             -             -           0 "
        "                      -\n",
        "\nnone                     2    50.00 % (9.45-90.55)             -       16.67 %\n",
        "\n11-20                    4   50.00 % (15.00-85.00)       33.33 %        9.09 %\n"})
    BOOST_TEST(count(table, row) == 1u, row << "is not in\n" << table);
}

BOOST_AUTO_TEST_CASE(examples_marked_and_coloured) {
  const Evaluation evaluation = evaluation_of_four_lines();
  BOOST_TEST(report_examples(evaluation, 0, false) == "");
  BOOST_TEST(report_examples(evaluation, 3, false) ==
             "\n"
             "noisy   teh cat sat\n"
             "         ^^\n"
             "model   the cat sat\n"
             "clean   the cat sat\n"
             "\n"
             "noisy   alot of it there\n"
             "         |\n"
             "model   alot of it there\n"
             "         |\n"
             "clean   a lot of it there   <- missed\n"
             "\n"
             "noisy   the cat sat\n"
             "model   the cut sat\n"
             "             ^\n"
             "clean   the cat sat   <- missed\n");
  BOOST_TEST(report_examples(evaluation, 1, true) ==
             "\n"
             "noisy   t\x1b[1;31meh\x1b[0m cat sat\n"
             "model   the cat sat\n"
             "clean   the cat sat\n");
}

}  // namespace favras::seq2seq
