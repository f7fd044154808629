// JSON that could be read in two ways is not read at all.
#include "engine/storage/strict_json.h"

#include <string>

#include <boost/test/unit_test.hpp>

#include "tests/engine/storage/scratch.h"

namespace favras {
namespace {

using test::contains;
using test::error_of;

BOOST_AUTO_TEST_CASE(what_is_json) {
  BOOST_TEST(parse_strict_json(R"({"a": [1, 2.5, "b"], "c": null})").as_object().size() == 2u);
  BOOST_TEST(parse_strict_json("1e300").as_double() == 1e300);
}

BOOST_AUTO_TEST_CASE(what_is_not) {
  for (const std::string text : {"", "{", "{\"a\":1} x", "nan", "Infinity", "01", "'a'"})
    BOOST_TEST(error_of([&] { parse_strict_json(text); }) != "", text);
}

BOOST_AUTO_TEST_CASE(a_key_that_comes_twice) {
  BOOST_TEST(contains(error_of([] { parse_strict_json(R"({"x": {"a": 1, "b": 2, "a": 3}})"); }),
                      "the key \"a\" comes twice"));
  BOOST_TEST(parse_strict_json(R"([{"a": 1}, {"a": 2}])").as_array().size() == 2u);
}

BOOST_AUTO_TEST_CASE(numbers_beyond_all_numbers) {
  for (const std::string text : {"6E363", "-6E363", "0E603", "[1, 1e999]"})
    BOOST_TEST(contains(error_of([&] { parse_strict_json(text); }), "not JSON at byte"), text);
}

}  // namespace
}  // namespace favras
