// The commands of seq2seq, one file each. argv[0] is the command's name; the result is the exit status.
#pragma once

namespace favras::seq2seq {

// Exit statuses; a UsageError is turned into kExitUsage by main, any other exception into kExitFailed.
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitDiverged = 3;      // the loss became infinite or not a number
inline constexpr int kExitInterrupted = 75;  // stopped by a signal; the same command again goes on

int run_correct(int argc, char** argv);
int run_devices(int argc, char** argv);
int run_evaluate(int argc, char** argv);
int run_export(int argc, char** argv);
int run_inspect(int argc, char** argv);
int run_noise(int argc, char** argv);
int run_plot(int argc, char** argv);
int run_prepare(int argc, char** argv);
int run_report(int argc, char** argv);
int run_supervise(int argc, char** argv);
int run_train(int argc, char** argv);

}  // namespace favras::seq2seq
