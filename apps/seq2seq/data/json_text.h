// JSON as a person wants to read it.
#pragma once

#include <cmath>
#include <string>

#include <boost/json.hpp>

namespace favras::seq2seq {

// One member or element a line, two spaces a level, numbers as short as they can be, null for those that JSON
// does not have: infinities and NaN. Ends in a newline.
std::string to_readable_json(const boost::json::value& value);

// null for infinities and NaN.
inline boost::json::value number_or_null(double value) {
  return std::isfinite(value) ? boost::json::value(value) : boost::json::value();
}

}  // namespace favras::seq2seq
