// What makes one epoch's weights better than another's.
#pragma once

#include <utility>

namespace favras::seq2seq {

enum class BestBy { kLoss, kExact };  // a lower validation loss, or more exact validation lines

// The less, the better. Where as many lines are exact, such as none, the loss tells.
inline std::pair<double, double> badness(BestBy by, double validation_loss, double accuracy) {
  return by == BestBy::kExact ? std::pair(-accuracy, validation_loss) : std::pair(validation_loss, 0.0);
}

}  // namespace favras::seq2seq
