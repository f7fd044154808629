#!/usr/bin/env bash
# Does training in bf16 come to the same loss as in fp32?
set -euo pipefail

usage() {
  cat <<'END'
Usage: bench/experiments/precision.sh FOLDER

Trains one network in fp32 and in bf16 from three seeds each, evaluates and plots them: the runs of
docs/results/precision.md, some 15 minutes of two cores with AVX512-BF16. FOLDER gets data, runs, what evaluate says of
them and precision.svg; started again, it goes on. SEQ2SEQ names another program than build/bin/seq2seq.
END
}
case "${1-}" in
  --help | -h) usage; exit 0 ;;
esac
if [ $# -ne 1 ] || [[ $1 == -* ]]; then
  echo "precision.sh: name one folder" >&2
  usage >&2
  exit 2
fi
project=$(cd "$(dirname "$0")/../.." && pwd)
seq2seq=$(realpath "${SEQ2SEQ:-$project/build/bin/seq2seq}")
mkdir -p "$1"
cd "$1"

# Lines of 5 to 24 characters of WordNet.
[ -f wordnet.txt ] || "$project/scripts/fetch_corpus.sh" --small --output wordnet.txt
[ -d wordnet ] || "$seq2seq" prepare --output wordnet --split whole --maximum-length 24 wordnet.txt

for seed in 1 2 3; do
  for precision in fp32 bf16; do
    name=$precision-$seed
    "$seq2seq" train --data wordnet --run "$name" --seed $seed --precision $precision --epochs 5 --rnn-size 256 \
      --num-layers 2 --encoding-embedding-size 64 --decoding-embedding-size 64 --keep-probability 0.9 \
      --learning-rate 0.002 --schedule cosine --warmup-steps 200 --log-every 71 --quiet
    [ -f "$name.json" ] || "$seq2seq" evaluate --run "$name" --weights newest --json > "$name.part"
    [ -f "$name.json" ] || mv "$name.part" "$name.json"
  done
done
"$seq2seq" plot {fp32,bf16}-{1,2,3} --output precision.svg
for name in {fp32,bf16}-{1,2,3}; do
  python3 - "$name" <<'END'
import json, sys
result = json.load(open(sys.argv[1] + ".json"))
seconds = max(json.loads(line).get("seconds", 0) for line in open(sys.argv[1] + "/events.jsonl"))
print(f"{sys.argv[1]}  loss {result['loss']:.4f}  exact {100 * result['sentence_accuracy']:.1f} %  {seconds:.0f} s")
END
done
