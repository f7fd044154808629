#!/usr/bin/env bash
# Installs what is missing, builds everything and runs every test; the exit status is ctest's.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

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

scripts/install_dependencies.sh
cmake --preset release --log-level=WARNING -DFAVRAS_TESTS=ON -DFAVRAS_BENCH=ON >/dev/null
cmake --build build
[ -n "${FAVRAS_PYTHON-}" ] || prepare_python ||
  echo "Python's safetensors cannot be had (is PyPI in reach?): the tests that need it are skipped" >&2
exec ctest --test-dir build --output-on-failure -j "$(nproc)"
