// Labels: no two overlap, none leaves the frame, the order is kept, and none moves without need.
#include "apps/seq2seq/plot/label_places.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

namespace favras::plot {

namespace {

constexpr double kLow = 50, kHigh = 390, kSpacing = 17;
using Places = std::vector<double>;

double shifts(const Places& wanted, const Places& places) {
  return std::inner_product(wanted.begin(), wanted.end(), places.begin(), 0.0, std::plus<>(),
                            [](double a, double b) { return (a - b) * (a - b); });
}

rc::Gen<Places> wishes(int most) {
  return rc::gen::mapcat(rc::gen::inRange(0, most + 1), [](int count) {
    return rc::gen::container<Places>(
        static_cast<std::size_t>(count),
        rc::gen::map(rc::gen::inRange(500, 3901), [](int n) { return n / 10.0; }));
  });
}

}  // namespace

BOOST_AUTO_TEST_CASE(labels_keep_their_distance_order_and_frame) {
  BOOST_TEST(rc::check([] {
    const Places wanted = *wishes(40);
    const Places places = place_labels(wanted, kSpacing, kLow, kHigh);
    RC_ASSERT(places.size() == wanted.size());
    const double room =
        wanted.size() < 2 ? kSpacing : (kHigh - kLow) / static_cast<double>(wanted.size() - 1);
    for (std::size_t i = 0; i < places.size(); ++i) {
      RC_ASSERT(places[i] >= kLow - 1e-9);
      RC_ASSERT(places[i] <= kHigh + 1e-9);
      for (std::size_t j = 0; j < i; ++j) {
        RC_ASSERT(std::abs(places[i] - places[j]) >= std::min(kSpacing, room) - 1e-9);
        if (wanted[i] != wanted[j]) RC_ASSERT((wanted[i] < wanted[j]) == (places[i] < places[j]));
      }
    }
  }));
}

// Small steps away from the result that keep the distances do not bring the labels nearer.
BOOST_AUTO_TEST_CASE(labels_are_as_near_as_can_be) {
  BOOST_TEST(rc::check([] {
    const Places wanted = *wishes(12);
    const Places places = place_labels(wanted, kSpacing, kLow, kHigh);
    Places order = places;
    std::sort(order.begin(), order.end());
    for (std::size_t from = 0; from < order.size(); ++from)
      for (std::size_t to = from; to < order.size(); ++to)
        for (const double step : {-0.1, 0.1}) {
          Places moved = places;
          for (double& place : moved)
            if (place >= order[from] && place <= order[to]) place += step;
          Places sorted = moved;
          std::sort(sorted.begin(), sorted.end());
          bool allowed = sorted.front() >= kLow && sorted.back() <= kHigh;
          for (std::size_t i = 1; i < sorted.size(); ++i)
            allowed = allowed && sorted[i] - sorted[i - 1] >= kSpacing - 1e-9;
          if (allowed) RC_ASSERT(shifts(wanted, moved) >= shifts(wanted, places) - 1e-6);
        }
  }));
}

BOOST_AUTO_TEST_CASE(labels_with_room_stay_where_they_want_to_be) {
  BOOST_TEST((place_labels({300, 100, 200}, kSpacing, kLow, kHigh) == Places{300, 100, 200}));
  BOOST_TEST((place_labels({200, 200}, 10, kLow, kHigh) == Places{195, 205}));
  BOOST_TEST((place_labels({390, 390}, 10, kLow, kHigh) == Places{380, 390}));
  BOOST_TEST((place_labels({50, 52, 51}, 10, kLow, kHigh) == Places{50, 70, 60}));
}

}  // namespace favras::plot
