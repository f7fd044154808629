#!/usr/bin/env bash
# Does the order of the lines matter, and would fresh mistakes in every epoch help?
set -euo pipefail

usage() {
  cat <<'END'
Usage: bench/experiments/order_and_noise.sh FOLDER

Trains and evaluates the runs that docs/results/order_and_noise.md tells of: some 30 minutes of one core. FOLDER gets
data, runs and what evaluate says of them; started again, it goes on. order_and_noise.py makes the tables and the plot.
END
}
case "${1-}" in
  --help | -h) usage; exit 0 ;;
esac
if [ $# -ne 1 ] || [[ $1 == -* ]]; then
  echo "order_and_noise.sh: name one folder" >&2
  usage >&2
  exit 2
fi
project=$(cd "$(dirname "$0")/../.." && pwd)
seq2seq=$project/build/bin/seq2seq
mkdir -p "$1"
cd "$1"

# Lines of 5 to 24 characters of WordNet, and those of a quarter of its text.
[ -f wordnet.txt ] || "$project/scripts/fetch_corpus.sh" --small --output wordnet.txt
awk 'NR % 4 == 0' wordnet.txt > quarter.txt
for text in wordnet quarter; do
  [ -d $text ] || "$seq2seq" prepare --output $text --split whole --maximum-length 24 $text.txt
done

# run NAME DATA EPOCHS [OPTION...]
run() {
  local name=$1 data=$2 epochs=$3
  shift 3
  [ ! -f "$name.json" ] || return 0
  "$seq2seq" train --data "$data" --run "$name" --epochs "$epochs" --rnn-size 128 --num-layers 1 \
    --encoding-embedding-size 32 --decoding-embedding-size 32 --keep-probability 1 --learning-rate 0.004 \
    --schedule cosine --warmup-steps 200 --log-every 143 --threads 1 "$@"
  "$seq2seq" evaluate --run "$name" --weights newest --threads 1 --json > "$name.part"
  mv "$name.part" "$name.json"
}

for seed in 1 2 3; do
  run order-$seed wordnet 12 --shuffle-seed $seed
  run frozen-$seed wordnet 12 --shuffle-seed $seed --noise-refresh frozen
done
for seed in 2 3; do
  run weights-$seed wordnet 12 --seed $seed
  run frozen-weights-$seed wordnet 12 --seed $seed --noise-refresh frozen
done
for seed in 1 2 3; do
  run few-$seed quarter 48 --shuffle-seed $seed
  run few-frozen-$seed quarter 48 --shuffle-seed $seed --noise-refresh frozen
done
