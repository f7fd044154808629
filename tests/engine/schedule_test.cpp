// Learning rates by step.
#include "engine/schedule.h"

#include <boost/test/unit_test.hpp>

using namespace favras;

namespace {

void check_rate(const LearningRateSchedule& schedule, std::uint64_t step, double expected) {
  BOOST_TEST_CONTEXT("step " << step) { BOOST_TEST(std::abs(schedule(step) - expected) < 1e-15); }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_constant_rate_stays) {
  for (const std::uint64_t step : {0, 1, 1'000'000}) BOOST_TEST(constant_rate(0.25)(step) == 0.25);
}

BOOST_AUTO_TEST_CASE(warmup_is_linear_up_to_the_inner_schedule) {
  const LearningRateSchedule schedule = with_warmup(4, constant_rate(0.8));
  check_rate(schedule, 1, 0.2);
  check_rate(schedule, 2, 0.4);
  check_rate(schedule, 3, 0.6);
  check_rate(schedule, 4, 0.8);
  check_rate(schedule, 5, 0.8);
  check_rate(schedule, 1'000'000, 0.8);
}

BOOST_AUTO_TEST_CASE(no_warmup_is_the_inner_schedule) {
  for (const std::uint64_t step : {0, 1, 9}) check_rate(with_warmup(0, constant_rate(0.8)), step, 0.8);
}

BOOST_AUTO_TEST_CASE(the_cosine_falls_from_rate_to_floor_and_stays_there) {
  const LearningRateSchedule schedule = cosine_decay(1.0, 0.2, 60);
  check_rate(schedule, 0, 1.0);
  check_rate(schedule, 10, 0.2 + 0.8 * (2 + std::sqrt(3.0)) / 4);  // cos 30 degrees
  check_rate(schedule, 20, 0.2 + 0.8 * 0.75);
  check_rate(schedule, 30, 0.6);
  check_rate(schedule, 40, 0.2 + 0.8 * 0.25);
  check_rate(schedule, 60, 0.2);
  check_rate(schedule, 61, 0.2);
  check_rate(schedule, 1'000'000, 0.2);
}

BOOST_AUTO_TEST_CASE(the_line_falls_from_rate_to_floor_and_stays_there) {
  const LearningRateSchedule schedule = linear_decay(1.0, 0.2, 60);
  check_rate(schedule, 0, 1.0);
  check_rate(schedule, 15, 0.8);
  check_rate(schedule, 45, 0.4);
  check_rate(schedule, 60, 0.2);
  check_rate(schedule, 1'000'000, 0.2);
  check_rate(linear_decay(1.0, 0.2, 0), 1, 0.2);
}

BOOST_AUTO_TEST_CASE(a_cosine_of_no_steps_is_its_floor) { check_rate(cosine_decay(1.0, 0.2, 0), 1, 0.2); }

BOOST_AUTO_TEST_CASE(warmup_multiplies_the_inner_schedule_at_its_own_step) {
  const LearningRateSchedule inner = cosine_decay(1.0, 0.0, 100), schedule = with_warmup(10, inner);
  check_rate(schedule, 5, 0.5 * inner(5));
  check_rate(schedule, 50, inner(50));
}
