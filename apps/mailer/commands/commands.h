// The commands of the program mailer. Each takes its words, its name first, gives the exit status and throws
// UsageError or another std::exception.
#pragma once

namespace favras::mailer {

constexpr int kExitDone = 0, kExitFailed = 1, kExitUsage = 2;

int run_test(int argc, char** argv);
int run_send(int argc, char** argv);
int run_flush(int argc, char** argv);
int run_preview(int argc, char** argv);

}  // namespace favras::mailer
