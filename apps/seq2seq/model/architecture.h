// The kinds of network that there are (model.h says what they are), by name.
#pragma once

#include <string>

namespace favras::seq2seq {

enum class Architecture { kOriginal, kAttention };

// "original", "attention". Throws std::invalid_argument for another name.
Architecture parse_architecture(const std::string& name);
std::string name_of(Architecture architecture);

}  // namespace favras::seq2seq
