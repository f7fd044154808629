#!/usr/bin/env bash
# All that a machine with a GPU can tell about this project, within nine minutes, as a file for docs/results.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
  cat <<'END'
Usage: scripts/gpu_report.sh [--build DIR] [--out DIR]
       scripts/gpu_report.sh [--build DIR] --bundle DIR

Runs the tests on the GPU, alone and under compute-sanitizer, times the kernels, and the reference training step
beside PyTorch's if Python has it. Every stage leaves its result in OUT/stages at once, and the report is written
anew after each: OUT/gpu-<card>.md and .json.

  --build DIR   programs built before, here or elsewhere; default: built now into build-gpu, or a bundle's own
  --out DIR     default: docs/results
  --bundle DIR  instead, for a machine that has no compiler or libraries: a folder with the programs, their libraries
                but CUDA's, and this script; needs no GPU. There, run DIR/scripts/gpu_report.sh
  --help        this text

cuBLAS and cuDNN come from a CUDA toolkit or from Python's nvidia packages. The exit status is 0 if nothing failed.
FAVRAS_PYTHON names a Python with PyTorch.
END
}
usage_error() {
  echo "gpu_report.sh: $1" >&2
  usage >&2
  exit 2
}

build="" bundle="" out=$root/docs/results
while [ $# -gt 0 ]; do
  case $1 in
    --build | --out | --bundle)
      [ -n "${2-}" ] || usage_error "$1 needs a folder"
      declare "${1#--}=$(realpath -m "$2")"
      shift
      ;;
    --help | -h) usage; exit 0 ;;
    *) usage_error "unknown argument '$1'" ;;
  esac
  shift
done

# Programs for this machine's GPU; a bundle's are for every GPU.
build_now() {
  local architectures=-DCMAKE_CUDA_ARCHITECTURES=native
  [ -z "$(command -v apt-get)" ] || "$root/scripts/install_dependencies.sh"
  [ -z "$bundle" ] || architectures=-UCMAKE_CUDA_ARCHITECTURES  # what an earlier report chose
  cmake -S "$root" -B "$build" -G Ninja --log-level=WARNING -DCMAKE_BUILD_TYPE=Release -DFAVRAS_CUDA=ON \
    -DFAVRAS_TESTS=ON -DFAVRAS_BENCH=ON "$architectures" >/dev/null
  cmake --build "$build" --target gpu_report_programs
}

if [ -z "$build" ] && [ -e "$root/programs.tar.gz" ]; then  # this is a bundle
  build=$root/build
  rm -rf "$build"
  tar -C "$root" -xzf "$root/programs.tar.gz"
elif [ -z "$build" ]; then
  build=$root/build-gpu
  [ -n "$bundle" ] || nvidia-smi -L 2>/dev/null | grep -q GPU || {
    echo "gpu_report.sh: no CUDA device: nvidia-smi lists none" >&2
    exit 1
  }
  build_now
fi
[ -f "$build/tests/on_device.txt" ] ||
  usage_error "$build lacks the CUDA build's programs: make its target gpu_report_programs first"

if [ -n "$bundle" ]; then
  exec python3 "$root/scripts/gpu_report/bundle.py" --root "$root" --build "$build" "$bundle"
fi
exec python3 "$root/scripts/gpu_report/main.py" --root "$root" --build "$build" --out "$out"
