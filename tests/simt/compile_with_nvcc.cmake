# Compiles each of SOURCES with NVCC for two architectures; warnings are errors, and so are spilled registers.
# Prints each kernel's registers and shared memory; keeps nothing.
foreach(source ${SOURCES})
  execute_process(COMMAND ${NVCC} -std=c++20 -Werror all-warnings --expt-relaxed-constexpr -I${ROOT}
    -gencode arch=compute_75,code=sm_75 -gencode arch=compute_90,code=sm_90
    -Xptxas -v -c ${source} -o /dev/null ERROR_VARIABLE report COMMAND_ERROR_IS_FATAL ANY)
  message("${report}")
  if(NOT report MATCHES "0 bytes spill stores")
    message(FATAL_ERROR "${source}: no word of spilled registers in the compiler's report")
  elseif(report MATCHES "[1-9][0-9]* bytes spill")
    message(FATAL_ERROR "${source}: a kernel spills registers")
  endif()
endforeach()
