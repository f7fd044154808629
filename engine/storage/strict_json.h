// JSON of files that must not be read in two ways: Boost.JSON, with a key given twice refused.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace favras {

// Throws std::runtime_error saying what is wrong and at which byte.
boost::json::value parse_strict_json(std::string_view text);

// The text as a JSON string, quotes included: also how names from a file appear in messages.
std::string json_string(std::string_view text);

}  // namespace favras
