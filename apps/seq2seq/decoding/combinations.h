// Of several things to choose from at each of several places, the best ways to choose one for every place.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace favras::seq2seq {

// scores[i]: of what there is at place i, at least one, in falling order. Gives the choices with the greatest
// sums of scores, `most` at most, the greatest first; always the first of everything first of all.
std::vector<std::vector<std::size_t>> best_combinations(std::span<const std::vector<double>> scores,
                                                        std::size_t most);

}  // namespace favras::seq2seq
