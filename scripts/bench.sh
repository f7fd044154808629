#!/usr/bin/env bash
# The reference training step, ours beside PyTorch's, run in turn on this machine. Any further words go to
# compare.py (--rounds 5).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case "${1-}" in
  --help | -h)
    echo "Usage: scripts/bench.sh [--rounds N]   builds, fetches PyTorch (some 3 GB) into the cache, and measures"
    exit 0
    ;;
esac

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
exec python3 bench/compare.py "$@" \
  "favras fp32=build/bin/training_step --json" \
  "PyTorch fp32=$peer --precision fp32 --mode padded" \
  "PyTorch bf16=$peer --precision bf16 --mode padded"
