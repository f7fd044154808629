// Where an axis has its ticks, and what stands beside them.
#pragma once

#include <string>
#include <vector>

namespace favras::plot {

// The ends are ticks too; low < high. `labelled` is as long as `at`: on a logarithmic axis some ticks are
// bare.
struct Ticks {
  double low, high;
  std::vector<double> at;
  std::vector<bool> labelled;
  double step;  // 0 on a logarithmic axis
};

// About so many ticks, 1, 2 or 5 times a power of ten apart, around [low, high]. Zero joins in when it is
// nearer than the values' spread, so that heights can be compared.
Ticks linear_ticks(double low, double high, int about);
// Around [low, high], low > 0: powers of ten, and 2 and 5 times these, labelled while there is room.
Ticks log_ticks(double low, double high);

// "0.05", "1,500", "2e-6": digits enough to tell ticks `step` apart; 0 as few as the value needs.
std::string tick_label(double value, double step);

}  // namespace favras::plot
