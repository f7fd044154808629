// Settings that go together under a name, for --preset: the original's, and networks with attention of three
// sizes.
#pragma once

#include <map>
#include <string>

namespace favras::seq2seq {

// The values by setting, in place of default_options(); none for "original". Throws UsageError for a name
// that is none.
const std::map<std::string, std::string>& preset(const std::string& name);

}  // namespace favras::seq2seq
