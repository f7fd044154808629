// Where the password, or the token of XOAUTH2, comes from: a command's output, a file that only its owner can
// read, or the environment; never from words on the command line.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>

namespace favras::mailer {

constexpr const char* kPasswordVariable = "FAVRAS_SMTP_PASSWORD";

struct PasswordSource {
  std::string command;         // run by sh; its output is the password
  std::filesystem::path file;  // mode 0600 or less
  // With neither, the environment, which does not have it any more afterwards.
};

// The password without the line's end. Throws std::runtime_error, which says what is wrong and never holds
// any of it, and UsageError when both command and file are given. The command may take so long; it is ended,
// too, when `cancelled` becomes true.
std::string read_password(const PasswordSource& source,
                          std::chrono::milliseconds limit = std::chrono::seconds(60),
                          const std::atomic<bool>* cancelled = nullptr);

}  // namespace favras::mailer
