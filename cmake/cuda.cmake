# The CUDA toolkit, if there is one. FAVRAS_CUDA: build the CUDA back end, which then also needs cuBLASLt.
# Without nvcc everything else is built.
find_program(FAVRAS_NVCC nvcc HINTS ENV CUDA_PATH ENV CUDA_HOME PATHS /usr/local/cuda PATH_SUFFIXES bin)
mark_as_advanced(FAVRAS_NVCC)
if(FAVRAS_NVCC)
  file(REAL_PATH ${FAVRAS_NVCC} nvcc_path)
  cmake_path(SET FAVRAS_CUDA_ROOT NORMALIZE ${nvcc_path}/../..)
  find_library(FAVRAS_CUBLASLT cublasLt HINTS ${FAVRAS_CUDA_ROOT} PATH_SUFFIXES lib64 targets/x86_64-linux/lib)
  mark_as_advanced(FAVRAS_CUBLASLT)
endif()
# The headers alone are enough for the emulation (tests/simt).
find_path(FAVRAS_CUDA_INCLUDE cuda_runtime.h HINTS ${FAVRAS_CUDA_ROOT} ENV CUDA_PATH ENV CUDA_HOME
  PATHS /usr/local/cuda PATH_SUFFIXES include)

if(FAVRAS_NVCC AND FAVRAS_CUBLASLT)
  set(has_cuda ON)
else()
  set(has_cuda OFF)
  message(STATUS "No CUDA toolkit (nvcc and cuBLASLt) found: the CUDA back end is not built.")
endif()
option(FAVRAS_CUDA "Build the CUDA back end" ${has_cuda})
if(FAVRAS_CUDA)
  # T4; A100; A10G; L4; H100; RTX 50: and PTX for what comes after.
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES 75-real 80-real 86-real 89-real 90-real 120)
  endif()
  set(CMAKE_CUDA_COMPILER ${FAVRAS_NVCC})
  set(CMAKE_CUDA_RUNTIME_LIBRARY Static)
  if(CCACHE AND NOT CMAKE_CUDA_COMPILER_LAUNCHER)
    set(CMAKE_CUDA_COMPILER_LAUNCHER ${CCACHE})
  endif()
  enable_language(CUDA)
  if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # CMake 3.25 does not know that nvcc has it
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
    set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
  endif()
  set(CMAKE_CUDA_STANDARD 20)
  find_package(CUDAToolkit REQUIRED)
endif()
