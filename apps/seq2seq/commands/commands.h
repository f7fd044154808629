// The commands of seq2seq, one file each. argv[0] is the command's name; the result is the exit status.
#pragma once

#include "apps/seq2seq/command_line/exit_status.h"  // IWYU pragma: export

namespace favras::seq2seq {

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
