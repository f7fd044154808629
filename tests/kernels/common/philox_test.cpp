#include "kernels/common/philox.h"

#include <boost/test/unit_test.hpp>

namespace favras::kernels {

// The known answers published with the generator (Random123, kat_vectors).
BOOST_AUTO_TEST_CASE(known_answers) {
  const auto check = [](PhiloxCounter counter, PhiloxKey key, PhiloxCounter expected) {
    const PhiloxCounter words = philox(counter, key);
    BOOST_TEST(words == expected, boost::test_tools::per_element());
  };
  check({0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  check({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  check({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0},
        {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

BOOST_AUTO_TEST_CASE(at_spreads_its_arguments_over_counter_and_key) {
  const PhiloxCounter words = philox_at(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3, 0x243f6a88);
  const PhiloxCounter expected = {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1};
  BOOST_TEST(words == expected, boost::test_tools::per_element());
}

}  // namespace favras::kernels
