# What every target of the project shares.

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# Warnings, include root and visibility. Sources include each other by their path from the root:
# "kernels/lstm/lstm.h", "engine/tensor.h".
function(favras_target target)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
  set(warnings -Wall -Wextra -Wshadow -Wnon-virtual-dtor
    -Wno-missing-field-initializers)  # designated initialisers leave the rest to the defaults
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    list(APPEND warnings -Wno-restrict)  # GCC 12 sees overlaps in "text" + std::string
  endif()
  set(cuda_options --expt-relaxed-constexpr)
  if(FAVRAS_WERROR)
    list(APPEND warnings -Werror)
    list(APPEND cuda_options "SHELL:-Werror all-warnings")
  endif()
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:${warnings}>
    $<$<COMPILE_LANGUAGE:CUDA>:${cuda_options}>)
endfunction()

# What scripts/test.sh --quick builds and runs: all tests except those labelled slow.
add_custom_target(quick_tests)
function(favras_slow name)
  set_property(TEST ${name} APPEND PROPERTY LABELS slow)
endfunction()

# favras_test(NAME SOURCES... [SLOW] [LIBS libs...]): one Boost.Test executable, one ctest entry.
function(favras_test name)
  cmake_parse_arguments(TEST "SLOW" "" "LIBS" ${ARGN})
  add_executable(${name} ${TEST_UNPARSED_ARGUMENTS})
  favras_target(${name})
  target_compile_definitions(${name} PRIVATE
    BOOST_TEST_DYN_LINK BOOST_TEST_MODULE=${name} FAVRAS_FIXTURES="${PROJECT_SOURCE_DIR}/tests/fixtures"
    FAVRAS_BINARIES="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  target_link_libraries(${name} PRIVATE Boost::unit_test_framework ${TEST_LIBS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name} --log_level=test_suite --color_output=no)
  if(TEST_SLOW)
    favras_slow(${name})
  else()
    add_dependencies(quick_tests ${name})
  endif()
  # Tests run beside each other, and threads that spin while they wait would take each other's cores.
  set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT OMP_WAIT_POLICY=passive)
endfunction()
