# Compiles each of SOURCES (in tests/simt) with NVCC for two architectures, warnings as errors; keeps nothing.
foreach(source ${SOURCES})
  execute_process(COMMAND ${NVCC} -std=c++20 -Werror all-warnings -I${ROOT}
    -gencode arch=compute_75,code=sm_75 -gencode arch=compute_90,code=sm_90
    -c ${ROOT}/tests/simt/${source} -o /dev/null COMMAND_ERROR_IS_FATAL ANY)
endforeach()
