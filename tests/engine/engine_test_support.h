// What the engine's tests share: error messages, thread counts, a scaled value.
#pragma once

#include <string>

#include "engine/device.h"
#include "tests/support/naive_ops.h"

namespace favras::test {

// What `call` throws as an Error says. Other exceptions pass.
template <class Error, class Call>
std::string message_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

// As a global fixture: the small sizes of these tests gain nothing from more.
struct OneThread {
  OneThread() { set_cpu_threads(1); }
};

// factor * x in double. With factor 1 a copy: a value that is no leaf, in memory of its own.
inline Variable scaled(const Variable& x, double factor) {
  return elementwise(
      x, [=](double a) { return factor * a; }, [=](double) { return factor; });
}

}  // namespace favras::test
