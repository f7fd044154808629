// How many lines a second get their mistakes, on one core: noise_bench DIR, a data directory. What is timed
// is what training asks for: the ids of a line's source.
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <exception>
#include <stdexcept>
#include <string>

#include <fmt/format.h>

#include "apps/seq2seq/training/line_source.h"
#include "apps/seq2seq/training/noise_text.h"

namespace {

using namespace favras::seq2seq;

constexpr std::size_t kLines = 200'000;
constexpr std::size_t kShortest = 50;  // bytes: lines of about 60 characters

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void measure(const Dataset& dataset, const std::string& mix) {
  const double before = cpu_seconds();
  const LineSource source(dataset, parse_noise(mix));
  const double start = cpu_seconds();
  std::size_t lines = 0, characters = 0;
  for (std::size_t i = 0; i < dataset.train.size() && lines < kLines; ++i) {
    if (dataset.train[i].target.size() < kShortest) continue;
    characters += source.source(dataset.train[i], 1).size();
    ++lines;
  }
  const double seconds = cpu_seconds() - start;
  fmt::print("{:<40}{:>12.0f} lines/s{:>12} lines of {:.1f} characters{:>8.2f} s to start\n", mix,
             static_cast<double>(lines) / seconds, lines,
             static_cast<double>(characters) / static_cast<double>(lines), start - before);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw std::runtime_error("usage: noise_bench DIR");
    const Dataset dataset = load_dataset(argv[1]);
    for (const char* mix : {"none", "uniform=1", "keyboard=1", "human=1", "human=1,keyboard=1,uniform=1",
                            "human=5,keyboard=5,uniform=5"})
      measure(dataset, mix);
  } catch (const std::exception& error) {
    fmt::print(stderr, "noise_bench: {}\n", error.what());
    return 1;
  }
}
