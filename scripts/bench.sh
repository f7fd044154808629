#!/usr/bin/env bash
# The reference training step, ours beside PyTorch's, run in turn on this machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() { echo "Usage: scripts/bench.sh [--rounds N]   builds, fetches PyTorch (some 3 GB) into the cache, and measures"; }
rounds=3
case "${1-}" in
  "") ;;
  --help | -h) usage; exit 0 ;;
  --rounds) rounds=${2-} ;;
  *)
    echo "bench.sh: unknown argument '$1'" >&2
    usage >&2
    exit 2
    ;;
esac
if [[ ! $rounds =~ ^[1-9][0-9]*$ ]] || [ $# -gt 2 ]; then
  usage >&2
  exit 2
fi

scripts/install_dependencies.sh
cmake --preset release --log-level=WARNING -DFAVRAS_BENCH=ON >/dev/null
cmake --build build --target training_step

# The peer. Its packages are some 3 GB, most of it for GPUs; they stay in the cache.
venv="${FAVRAS_CACHE:-$HOME/.cache/favras}/torch-venv"
if ! "$venv/bin/python" -c 'import torch' 2>/dev/null; then
  echo "Fetching PyTorch into $venv (about 3 GB)"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check torch numpy safetensors
fi

lscpu | sed -n 's/^Model name: */CPU: /p'
echo "Cores: $(nproc)   $("$venv/bin/python" -c 'import torch; print("PyTorch", torch.__version__)')"
peer="$venv/bin/python bench/peers/pytorch_training_step.py --json"
exec python3 bench/compare.py --rounds "$rounds" \
  "favras fp32=build/bin/training_step --json" \
  "PyTorch fp32=$peer --precision fp32 --mode padded" \
  "PyTorch bf16=$peer --precision bf16 --mode padded"
