// Exit statuses of seq2seq. A UsageError is turned into kExitUsage by main, any other exception into
// kExitFailed.
#pragma once

namespace favras::seq2seq {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitDiverged = 3;      // the loss became infinite or not a number
inline constexpr int kExitInterrupted = 75;  // stopped by a signal; the same command again goes on

}  // namespace favras::seq2seq
