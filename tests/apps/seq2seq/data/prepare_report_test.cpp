// The tables that prepare prints.
#include "apps/seq2seq/data/prepare_report.h"

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/data/hashing.h"

using namespace favras::seq2seq;

namespace {

LineCounts counts() {
  LineCounts counts{.read = 1000,
                    .overlong = 1,
                    .invalid = 2,
                    .empty = 3,
                    .sentences = 4000,
                    .cut = 400,
                    .made = 5000,
                    .too_short = 50,
                    .too_long = 60,
                    .duplicates = 70,
                    .rare_characters = 80,
                    .train = 4100,
                    .validation = 500,
                    .both = 9};
  for (std::size_t i = 1; i < counts.not_english.size(); ++i) counts.not_english[i] = i;
  return counts;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_rule_that_applies_has_a_row) {
  const DataSettings settings{
      .skip_invalid = true, .split = "cut", .filter = "english", .group_by = "folder"};
  BOOST_CHECK_EQUAL(counts_table(counts(), settings),
                    "lines read                                              1000\n"
                    "  dropped: longer than 1048576 bytes                       1\n"
                    "  dropped: not valid UTF-8                                 2\n"
                    "  dropped: empty                                           3\n"
                    "sentences in them                                       4000\n"
                    "  too long and cut                                       400\n"
                    "lines made of them                                      5000\n"
                    "  dropped: shorter than 5 characters                      50\n"
                    "  dropped: longer than 60 characters                      60\n"
                    "  dropped: not ASCII                                       1\n"
                    "  dropped: few letters                                     2\n"
                    "  dropped: fewer than two words                            3\n"
                    "  dropped: capital or digit in a word                      4\n"
                    "  dropped: address or path                                 5\n"
                    "  dropped: markup                                          6\n"
                    "  dropped: no function word                                7\n"
                    "  dropped: seen before                                    70\n"
                    "  dropped: a character that is too rare                   80\n"
                    "training lines                                          4100\n"
                    "validation lines                                         500\n"
                    "  in groups of both sides                                  9\n");
}

BOOST_AUTO_TEST_CASE(what_was_not_asked_for_has_none) {
  LineCounts whole = counts();
  whole.overlong = 0;
  BOOST_CHECK_EQUAL(counts_table(whole, {}),
                    "lines read                                              1000\n"
                    "  dropped: empty                                           3\n"
                    "  dropped: shorter than 5 characters                      50\n"
                    "  dropped: longer than 60 characters                      60\n"
                    "  dropped: seen before                                    70\n"
                    "  dropped: a character that is too rare                   80\n"
                    "training lines                                          4100\n"
                    "validation lines                                         500\n");
  BOOST_CHECK(counts_table(whole, {.minimum_length = 1}).find("shorter than 1 character  ") !=
              std::string::npos);
  BOOST_CHECK_EQUAL(counts_table(whole, {.task = "sort"}),
                    "training lines                                          4100\n"
                    "validation lines                                         500\n");
}

BOOST_AUTO_TEST_CASE(near_duplicates_are_a_share_of_the_lines_compared) {
  LeakReport leaks{.lines = 500,
                   .with_5 = 400,
                   .shared_5 = 100,
                   .with_8 = 200,
                   .shared_8 = 3,
                   .mostly_8 = 2,
                   .same_words = 7};
  const std::string rows =
      "  of 5 words or more                                     400\n"
      "    5 words in a row as in a training line               100   25.00 %\n"
      "  of 8 words or more                                     200\n"
      "    8 words in a row as in a training line                 3    1.50 %\n"
      "  near-duplicates                                          9    1.80 %\n"
      "    fewer than 8 words, all of them the same               7\n"
      "    more than half of the runs of 8 words                  2\n";
  BOOST_CHECK_EQUAL(leaks_table(leaks, counts()),
                    "validation lines beside all training lines               500\n" + rows);
  LineCounts more = counts();
  more.validation = 501;
  BOOST_CHECK_EQUAL(leaks_table(leaks, more),
                    "validation lines compared, the first                     500\n" + rows);
}

BOOST_AUTO_TEST_CASE(groups_are_counted_once) {
  DataDescription description{.settings = {.validation_share = 0.25, .group_by = "folder"},
                              .counts = counts()};
  int held_out = 0;
  for (int i = 0; i < 40; ++i) {
    const std::string group = "group " + std::to_string(i);
    held_out += is_validation(content_hash(group), 1, 0.25);
    for (const char* file : {"a", "b"}) description.sources.push_back({.name = file, .group = group});
  }
  BOOST_CHECK_EQUAL(groups_note(description),
                    std::to_string(held_out) +
                        " of 40 groups are held out, 10.9 % of the lines where 25.0 % are asked for\n");
  description.settings.group_by = "content";
  BOOST_CHECK_EQUAL(groups_note(description), "");
}
