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

# The sources of a Boost.Test module, for the target to compile.
function(favras_test_sources target module)
  target_sources(${target} PRIVATE ${ARGN})
  favras_target(${target})
  target_compile_definitions(${target} PRIVATE
    BOOST_TEST_DYN_LINK BOOST_TEST_MODULE=${module} FAVRAS_FIXTURES="${PROJECT_SOURCE_DIR}/tests/fixtures"
    FAVRAS_BINARIES="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  target_link_libraries(${target} PUBLIC Boost::unit_test_framework)
endfunction()

# The executable as one ctest entry.
function(favras_test_entry name slow)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name} --log_level=test_suite --color_output=no)
  if(slow)
    favras_slow(${name})
  else()
    add_dependencies(quick_tests ${name})
  endif()
  # Tests run beside each other, and threads that spin while they wait would take each other's cores.
  set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT OMP_WAIT_POLICY=passive)
endfunction()

# favras_test(NAME SOURCES... [SLOW] [LIBS libs...]): one Boost.Test executable, one ctest entry.
function(favras_test name)
  cmake_parse_arguments(TEST "SLOW" "" "LIBS" ${ARGN})
  add_executable(${name})
  favras_test_sources(${name} ${name} ${TEST_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC ${TEST_LIBS})
  favras_test_entry(${name} ${TEST_SLOW})
endfunction()

# favras_device_test(NAME SOURCES... [EMULATED_SLOW] [LIBS libs...]): a test of the engine on every device: NAME with
# favras::engine, NAME_emulated with the emulated device, where that is built. The sources are compiled once.
function(favras_device_test name)
  cmake_parse_arguments(TEST "EMULATED_SLOW" "" "LIBS" ${ARGN})
  add_library(${name}_objects OBJECT)
  favras_test_sources(${name}_objects ${name} ${TEST_UNPARSED_ARGUMENTS})
  target_link_libraries(${name}_objects PUBLIC ${TEST_LIBS} fmt::fmt)
  add_executable(${name})
  target_link_libraries(${name} PRIVATE ${name}_objects ${TEST_LIBS} favras::engine)
  favras_test_entry(${name} OFF)
  set_property(GLOBAL APPEND PROPERTY favras_device_tests ${name})
  if(TARGET favras_engine_emulated)
    add_executable(${name}_emulated)
    target_link_libraries(${name}_emulated PRIVATE ${name}_objects ${TEST_LIBS} favras_engine_emulated)
    favras_test_entry(${name}_emulated ${TEST_EMULATED_SLOW})
  endif()
endfunction()
