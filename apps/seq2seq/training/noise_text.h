// Mixtures of noise as the command line and config.ini have them: "human=0.5,uniform=1".
#pragma once

#include <string>

#include "apps/seq2seq/data/noise/noise.h"

namespace favras::seq2seq {

// "none", or MODEL=WEIGHT,... in any order, each model once: human, keyboard, uniform; keyboard may be
// followed by its layout, keyboard:qwertz. Weights are from 0, which leaves the model out, to 5. Throws
// UsageError that says what will not do.
NoiseMix parse_noise(const std::string& text);

// One text for one mixture: in the order of the models' names, without those left out.
std::string to_string(const NoiseMix& mix);

}  // namespace favras::seq2seq
