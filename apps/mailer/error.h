// The exceptions of the mailer. Those of SMTP are in transport.h.
#pragma once

#include <stdexcept>

namespace favras::mailer {

// The caller asked for something that cannot be meant: a bad address, a line break in a header, an unknown
// option.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace favras::mailer
