#!/usr/bin/env bash
# Makes models/english.safetensors, the model that comes with the program: fetches text, prepares it, trains, measures,
# exports. Takes most of an hour of one core; the same command goes on where it was stopped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'END'
Usage: scripts/train_english.sh

Fetches data/permissive and data/misspellings, prepares data/permissive-english, trains runs/permissive-english on it,
measures it and writes models/english.safetensors. SEQ2SEQ names another program than build/bin/seq2seq; what seq2seq
is not told here it takes from the environment, FAVRAS_THREADS=1 for instance.
END
}
case "${1-}" in
  "") ;;
  --help | -h) usage; exit 0 ;;
  *)
    echo "train_english.sh: unknown argument '$1'" >&2
    usage >&2
    exit 2
    ;;
esac

seq2seq=${SEQ2SEQ:-build/bin/seq2seq}
corpus=data/permissive
misspellings=data/misspellings/misspellings.tsv
data=data/permissive-english
run=runs/permissive-english
model=models/english.safetensors
[ -x "$seq2seq" ] || { echo "train_english.sh: $seq2seq is not built: run scripts/quickstart.sh" >&2; exit 1; }

step=0
announce() { step=$((step + 1)); printf '\n== %d/6 %s\n' "$step" "$*"; }

announce "Fetching text under permissive licences, and people's misspellings"
scripts/fetch_corpus.sh --permissive --output "$corpus"
scripts/fetch_corpus.sh --misspellings --output "$misspellings"

announce "Preparing $data"
[ -e "$data/data.json" ] || "$seq2seq" prepare --output "$data" --filter english --group-by folder \
  --misspellings "$misspellings" "$corpus"

few=keyboard=0.5,uniform=0.5
announce "Training $run with many mistakes, from which it learns most"
grep -qsx "noise = $few" "$run/config.ini" ||
  "$seq2seq" train --preset small --data "$data" --run "$run" --noise keyboard=2,uniform=2 --precision bf16 \
    --epochs 3 --schedule constant --best-by exact --checkpoint-every 5m

announce "Going on with as few as people make, so that it leaves good words alone"
"$seq2seq" train --run "$run" --noise "$few" --allow-change noise --epochs 4 --schedule linear --allow-change schedule

announce "Measuring"
"$seq2seq" evaluate --run "$run"

announce "Exporting $model"
"$seq2seq" export --run "$run" --output "$model"
