// JSON as a person wants to read it.
#pragma once

#include <string>

#include <boost/json.hpp>

namespace favras::seq2seq {

// One member or element a line, two spaces a level, numbers as short as they can be, null for those that JSON
// does not have: infinities and NaN. Ends in a newline.
std::string to_readable_json(const boost::json::value& value);

}  // namespace favras::seq2seq
