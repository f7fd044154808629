// What makes one epoch's weights better than another's.
#pragma once

namespace favras::seq2seq {

enum class BestBy { kLoss, kExact };  // a lower validation loss, or more exact validation lines

}  // namespace favras::seq2seq
