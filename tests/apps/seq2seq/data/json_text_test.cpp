// JSON for people.
#include "apps/seq2seq/data/json_text.h"

#include <limits>

#include <boost/test/unit_test.hpp>

namespace favras::seq2seq {

BOOST_AUTO_TEST_CASE(a_member_a_line) {
  const boost::json::value value{{"a", {1, "two\n"}}, {"b", boost::json::object()}, {"c", 0.1}};
  BOOST_TEST(to_readable_json(value) ==
             "{\n  \"a\": [\n    1,\n    \"two\\n\"\n  ],\n  \"b\": {},\n  \"c\": 0.1\n}\n");
}

BOOST_AUTO_TEST_CASE(numbers_that_json_does_not_have_are_null) {
  using Limits = std::numeric_limits<double>;
  for (const double value : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()})
    BOOST_TEST(to_readable_json(value) == "null\n");
}

}  // namespace favras::seq2seq
