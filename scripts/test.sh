#!/usr/bin/env bash
# Installs what is missing, builds everything and runs every test; the exit status is ctest's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'END'
Usage: scripts/test.sh [--quick]

  --quick  build, into build-quick/, and run only what takes minutes: no sanitizers, nvcc, coverage,
           benchmarks, runs of whole programs or Python
  --help   this text

The last line counts the tests that passed, failed and were skipped; the exit status is ctest's.
END
}

cache=${FAVRAS_CACHE:-~/.cache/favras}
# prepare_venv NAME PACKAGE...: a virtual environment of that name with these Python packages.
prepare_venv() {
  local venv=$cache/$1
  shift
  [ "$(cat "$venv/packages" 2>/dev/null)" != "$*" ] || return 0
  echo "Fetching Python's $* into $venv"
  rm -rf "$venv"
  python3 -m venv "$venv" &&
    "$venv/bin/pip" install --quiet --disable-pip-version-check --timeout 15 --retries 1 --no-deps "$@" &&
    echo "$*" >"$venv/packages"
}

# A Python with its own safetensors, for the tests that read and write files together with it, and with the mail server
# aiosmtpd. Without one those tests are reported as skipped.
prepare_python() {
  prepare_venv test-venv numpy==2.3.5 safetensors==0.8.0 aiosmtpd==1.4.6 atpublic==9.0.0 attrs==26.1.0 && export FAVRAS_PYTHON=$cache/test-venv/bin/python
}

# The real TensorBoard, for the test that lets it read what a training wrote.
prepare_tensorboard() {
  prepare_venv tensorboard-venv tensorboard==2.20.0 protobuf==7.36.2 numpy==2.3.5 absl-py==2.5.1 packaging==26.4 &&
    export FAVRAS_TENSORBOARD_PYTHON=$cache/tensorboard-venv/bin/python
}

# The emulation of CUDA needs NVIDIA's headers: 2 MB of Python packages have them where there is no toolkit.
cuda_options=()
prepare_cuda_headers() {
  [ -z "$(command -v nvcc)" ] || return 0
  [ ! -e "${CUDA_PATH:-${CUDA_HOME:-/usr/local/cuda}}/include/cuda_runtime.h" ] || return 0
  prepare_venv cuda-headers nvidia-cuda-runtime==13.0.96 nvidia-cuda-crt==13.0.88 || return 1
  cuda_options=(-DFAVRAS_CUDA_INCLUDE="$(echo "$cache"/cuda-headers/lib/python3*/site-packages/nvidia/cu13/include)")
}

quick=
for argument in "$@"; do
  case $argument in
    --quick) quick=1 ;;
    --help | -h) usage; exit 0 ;;
    *)
      echo "test.sh: unknown argument '$argument'" >&2
      usage >&2
      exit 2
      ;;
  esac
done

scripts/install_dependencies.sh
prepare_cuda_headers ||
  echo "NVIDIA's headers cannot be had (is PyPI in reach?): no test of the CUDA back end is built" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if [ -n "$quick" ]; then
  folder=build-quick
  # -O1: compiling takes longer than the tests.
  cmake --preset release -B $folder -DCMAKE_CXX_FLAGS_RELEASE="-O1 -DNDEBUG" -DFAVRAS_TESTS=ON -DFAVRAS_BENCH=OFF \
    -DFAVRAS_CUDA=OFF "${cuda_options[@]}" >"$log"
  cmake --build $folder --target quick_tests
  tests=(--label-exclude slow)
else
  folder=build
  cmake --preset release -DFAVRAS_TESTS=ON -DFAVRAS_BENCH=ON "${cuda_options[@]}" >"$log"
  cmake --build $folder
  [ -n "${FAVRAS_PYTHON-}" ] || prepare_python ||
    echo "Python's safetensors cannot be had (is PyPI in reach?): the tests that need it are skipped" >&2
  [ -n "${FAVRAS_TENSORBOARD_PYTHON-}" ] || prepare_tensorboard ||
    echo "TensorBoard cannot be had (is PyPI in reach?): its test is skipped" >&2
  tests=()
fi
status=0
rm -f $folder/tests.xml
ctest --test-dir $folder --output-on-failure -j "$(nproc)" --output-junit tests.xml "${tests[@]}" || status=$?
sed -n 's/^-- \(.* not built\..*\)/\1/p' "$log"
[ ! -f $folder/tests.xml ] || python3 scripts/summarize_tests.py $folder/tests.xml
exit "$status"
