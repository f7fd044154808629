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

# A Python with its own safetensors, for the tests that read and write files together with it. Without one
# those tests are reported as skipped.
python_packages="numpy==2.3.5 safetensors==0.8.0"
venv="${FAVRAS_CACHE:-$HOME/.cache/favras}/test-venv"
prepare_python() {
  if [ "$(cat "$venv/packages" 2>/dev/null)" != "$python_packages" ]; then
    echo "Fetching Python's $python_packages into $venv"
    rm -rf "$venv"
    python3 -m venv "$venv" || return 1
    # shellcheck disable=SC2086  # two words, two packages
    "$venv/bin/pip" install --quiet --disable-pip-version-check --timeout 15 --retries 1 $python_packages ||
      return 1
    echo "$python_packages" >"$venv/packages"
  fi
  export FAVRAS_PYTHON="$venv/bin/python"
}

quick=
case "${1-}" in
  "") ;;
  --quick) quick=1 ;;
  --help | -h) usage; exit 0 ;;
  *)
    echo "test.sh: unknown argument '$1'" >&2
    usage >&2
    exit 2
    ;;
esac

scripts/install_dependencies.sh
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if [ -n "$quick" ]; then
  folder=build-quick
  # -O1: compiling takes longer than the tests.
  cmake --preset release -B $folder -DCMAKE_CXX_FLAGS_RELEASE="-O1 -DNDEBUG" -DFAVRAS_TESTS=ON -DFAVRAS_BENCH=OFF \
    -DFAVRAS_CUDA=OFF >"$log"
  cmake --build $folder --target quick_tests
  tests=(--label-exclude slow)
else
  folder=build
  cmake --preset release -DFAVRAS_TESTS=ON -DFAVRAS_BENCH=ON >"$log"
  cmake --build $folder
  [ -n "${FAVRAS_PYTHON-}" ] || prepare_python ||
    echo "Python's safetensors cannot be had (is PyPI in reach?): the tests that need it are skipped" >&2
  tests=()
fi
status=0
rm -f $folder/tests.xml
ctest --test-dir $folder --output-on-failure -j "$(nproc)" --output-junit tests.xml "${tests[@]}" || status=$?
sed -n 's/^-- \(.* not built\..*\)/\1/p' "$log"
[ ! -f $folder/tests.xml ] || python3 scripts/summarize_tests.py $folder/tests.xml
exit "$status"
