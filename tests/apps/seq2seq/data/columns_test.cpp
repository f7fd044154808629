// Two columns and a TAB, and words for how many.
#include "apps/seq2seq/data/columns.h"

#include <string>

#include <boost/test/unit_test.hpp>

#include "apps/seq2seq/data/quantity.h"

using namespace favras::seq2seq;

namespace {

std::string refusal_of(std::string_view line) {
  try {
    two_columns(line, "wrong<TAB>right");
  } catch (const BadLine& error) {
    return error.what();
  }
  return "";
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_tab_stands_between_columns) {
  using namespace std::string_view_literals;
  BOOST_TEST((two_columns("teh\tthe", "") == std::pair("teh"sv, "the"sv)));
  BOOST_TEST((two_columns("a lot of\t", "") == std::pair("a lot of"sv, ""sv)));
  BOOST_TEST((two_columns("\t", "") == std::pair(""sv, ""sv)));
}

BOOST_AUTO_TEST_CASE(other_numbers_of_columns_are_refused) {
  for (const auto& [line, columns] : {std::pair("teh", 1), {"", 1}, {"a\tb\tc", 3}, {"\t\t\t", 4}})
    BOOST_TEST(refusal_of(line) == "needs two columns, wrong<TAB>right, but has " + std::to_string(columns) +
                                       ": mend or remove the line");
}

BOOST_AUTO_TEST_CASE(one_is_singular) {
  BOOST_TEST(quantity(0, "line") == "0 lines");
  BOOST_TEST(quantity(1, "line") == "1 line");
  BOOST_TEST(quantity(11, "character") == "11 characters");
}
