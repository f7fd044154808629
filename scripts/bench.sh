#!/usr/bin/env bash
# Measures this machine: kernels, training steps, other frameworks beside ours, correcting.
set -euo pipefail
from=$PWD  # whose files are named
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'END'
Usage: scripts/bench.sh [--kernels] [--training] [--peers] [--correct] [--quick] [--rounds N] [--out FILE]
                        [--against FILE]

Builds what is needed, measures the parts that are named, or all, and prints one table. docs/benchmarks.md says what
its columns mean.

  --kernels       every kernel, beside what the machine reaches in a copy and in a large product
  --training      training steps: the reference workload, and smaller ones that differ in one thing each
  --peers         the reference workload in PyTorch and TensorFlow, its LSTM layers in oneDNN; fetches the first two
                  (some 4 GB) into ${FAVRAS_CACHE:-$HOME/.cache/favras}
  --correct       lines corrected a second
  --quick         fewer shapes and repetitions: to see that it works, not to conclude from
  --rounds N      how often each program takes its turn (default 3; 1 with --quick)
  --out FILE      the results as JSON (default build/bench.json)
  --against FILE  a file that an earlier run wrote: prints what has become faster or slower
END
}
usage_error() {
  echo "bench.sh: $1" >&2
  usage >&2
  exit 2
}

parts=() rounds="" quick="" out=build/bench.json against=""
while [ $# -gt 0 ]; do
  case $1 in
    --kernels | --training | --peers | --correct) parts+=("$1") ;;
    --quick) quick=--quick ;;
    --rounds | --out | --against)
      [ -n "${2-}" ] || usage_error "$1 needs a value"
      if [ "$1" = --rounds ]; then rounds=$2; else printf -v "${1#--}" %s "$(cd "$from" && realpath -m "$2")"; fi
      shift
      ;;
    --help | -h) usage; exit 0 ;;
    *) usage_error "unknown argument '$1'" ;;
  esac
  shift
done
[ -n "$rounds" ] || rounds=$([ -n "$quick" ] && echo 1 || echo 3)
[[ $rounds =~ ^[1-9][0-9]*$ ]] || usage_error "--rounds $rounds: must be a whole number above 0"
[ -z "$against" ] || [ -r "$against" ] || usage_error "--against $against: no such file, or not readable"
[ ${#parts[@]} -gt 0 ] || parts=(--kernels --training --peers --correct)

scripts/install_dependencies.sh
cmake --preset release --log-level=WARNING -DFAVRAS_BENCH=ON >/dev/null
cmake --build build --target kernels_bench training_step lstm_layers seq2seq

# make_venv NAME PACKAGE...: gives its Python, or nothing, and says so, where the packages cannot be had.
make_venv() {
  local venv=${FAVRAS_CACHE:-~/.cache/favras}/$1-venv
  shift
  if [ ! -e "$venv/complete" ]; then
    echo "Fetching $1 into $venv" >&2
    if ! python3 -m venv "$venv" || ! "$venv/bin/pip" install --quiet --disable-pip-version-check "$@" >&2; then
      echo "bench.sh: $1 cannot be had; going on without it" >&2
      return 0
    fi
    touch "$venv/complete"
  fi
  echo "$venv/bin/python"
}
peers=()
if [[ " ${parts[*]} " == *" --peers "* ]]; then
  for peer in torch tensorflow; do
    packages=(torch numpy)
    [ $peer = torch ] || packages=(tensorflow-cpu)
    python=$(make_venv $peer "${packages[@]}")
    [ -z "$python" ] || peers+=("--$peer" "$python")
  done
fi
exec python3 bench/run.py "${parts[@]}" ${quick:+--quick} --rounds "$rounds" --out "$out" \
  ${against:+--against "$against"} "${peers[@]}"
