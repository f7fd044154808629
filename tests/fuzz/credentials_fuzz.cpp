// A password's file.
#include <stdexcept>

#include "apps/mailer/credentials.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace favras;
  const std::string text = fuzz::expanded(fuzz::Input(data, size).rest(), 1, 1 << 17);
  const fuzz::MemoryFile file(text);
  const std::string where = "the password file '" + file.path() + "'";
  try {
    const std::string password = mailer::read_password({.command = "", .file = file.path()});
    fuzz::require(!password.empty() && password.find_first_of(std::string_view("\r\n\0", 3)) == password.npos,
                  "a password is one line");
    fuzz::require(text.starts_with(password) && text.find_first_not_of("\r\n", password.size()) == text.npos,
                  "the file holds the password and the line's end");
  } catch (const std::runtime_error& error) {
    const std::string_view said = error.what();
    fuzz::require(said == where + " is empty" || said == where + " gives more than one line" ||
                      said == where + " gives more than a password",
                  "a refusal tells nothing of the password");
  }
  return 0;
}
