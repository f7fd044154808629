// Any bytes as text in XML and HTML.
#pragma once

#include <string>
#include <string_view>

namespace favras::plot {

// For content and for attributes in double quotes. What XML cannot hold, invalid UTF-8 and control
// characters, becomes U+FFFD.
std::string escape_markup(std::string_view text);

}  // namespace favras::plot
