// Boost.Test's main for programs of several files.
#define BOOST_TEST_MODULE simt
#include <boost/test/unit_test.hpp>
