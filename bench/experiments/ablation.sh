#!/usr/bin/env bash
# What each ingredient of a training gives: one changed at a time, all trained for the same time, and compared.
set -euo pipefail

usage() {
  cat <<'END'
Usage: bench/experiments/ablation.sh --seconds N [--data DIR] [--lines N] FOLDER [NAME=VALUE...]

Trains a network with attention and its variants for N seconds of processor time each, one after another, evaluates all
on the same validation lines (--lines: the first 5000) with the original's mistakes and writes FOLDER/ablation.md: the
table of docs/results/ablation.md. NAME=VALUE replaces a setting of them all, such as threads=1. --data is needed the
first time. Started again, it goes on with the first variant that is not measured. SEQ2SEQ names another program than
build/bin/seq2seq.

It is processor time, since time by the clock says little on a machine that other programs use. Start anew, in another
folder, to change --seconds, --lines or settings.
END
}
usage_error() {
  echo "ablation.sh: $1" >&2
  usage >&2
  exit 2
}

seconds="" data="" lines=5000 folder=""
declare -A common=([architecture]=attention [rnn-size]=384 [num-layers]=1 [encoding-embedding-size]=128
  [decoding-embedding-size]=128 [keep-probability]=1 [batch-size]=128 [learning-rate]=0.004 [warmup-steps]=300 [clip]=0
  [clip-norm]=1 [average-weights]=0.998 [label-smoothing]=0 [noise]=uniform=4 [precision]=bf16 [epochs]=1000
  [log-every]=1000)
while [ $# -gt 0 ]; do
  case $1 in
    --seconds | --data | --lines)
      [ -n "${2-}" ] || usage_error "$1 needs a value"
      printf -v "${1#--}" %s "$2"
      shift
      ;;
    --help | -h) usage; exit 0 ;;
    -*) usage_error "unknown argument '$1'" ;;
    *=*) common[${1%%=*}]=${1#*=} ;;
    *) [ -z "$folder" ] || usage_error "name one folder"; folder=$1 ;;
  esac
  shift
done
[ -n "$folder" ] || usage_error "name one folder"
[[ $seconds =~ ^[1-9][0-9]*$ ]] || usage_error "--seconds $seconds: must be a whole number above 0"
[[ $lines =~ ^[1-9][0-9]*$ ]] || usage_error "--lines $lines: must be a whole number above 0"
project=$(cd "$(dirname "$0")/../.." && pwd)
seq2seq=$(realpath "${SEQ2SEQ:-$project/build/bin/seq2seq}")
[ -x "$seq2seq" ] || { echo "ablation.sh: $seq2seq is not built: run scripts/quickstart.sh" >&2; exit 1; }
[ -z "$data" ] || [ -f "$data/validation.txt" ] || usage_error "--data $data: is no data directory: seq2seq prepare makes one"
mkdir -p "$folder"
[ -z "$data" ] || data=$(realpath "$data")
cd "$folder"
data=${data:-$(readlink data || true)}
[ -f "$data/validation.txt" ] || usage_error "--data DIR is needed"
# One table, one set of settings.
asked=$(echo "seconds=$seconds lines=$lines data=$data"; for setting in "${!common[@]}"; do echo "$setting=${common[$setting]}"; done | sort)
if [ -f settings ] && [ "$asked" != "$(cat settings)" ]; then
  usage_error "$folder was begun with other settings ($(diff <(echo "$asked") settings | sed -n 's/^> //p' | paste -sd ' ')): \
use another folder"
fi
echo "$asked" >settings
ln -sfn "$data" data
if [ ! -f pairs.tsv ]; then
  "$seq2seq" noise --data data --noise uniform=1 --pairs --lines "$lines" data/validation.txt >pairs.part
  mv pairs.part pairs.tsv
fi

# variant NAME WHAT [NAME=VALUE...]: trains and evaluates it, unless that is done.
names=()
variant() {
  local name=$1 what=$2 status=0 setting arguments=()
  shift 2
  names+=("$name")
  printf '%s\n' "$what" >"$name.what"
  [ ! -f "$name.json" ] || return 0
  local -A settings
  for setting in "${!common[@]}"; do settings[$setting]=${common[$setting]}; done
  for setting in "$@"; do settings[${setting%%=*}]=${setting#*=}; done
  for setting in "${!settings[@]}"; do arguments+=("--$setting" "${settings[$setting]}"); done
  echo "$name: $what"
  rm -rf "$name"
  # At the soft limit the kernel sends SIGXCPU: the run saves and ends with status 75.
  (
    ulimit -S -t "$seconds"
    exec "$seq2seq" train --data data --run "$name" --checkpoint-every 0 --quiet "${arguments[@]}"
  ) 2>"$name.errors" &
  local stopped=""
  trap 'stopped=1; kill -TERM $! 2>/dev/null' INT TERM HUP
  wait $! || status=$?
  trap - INT TERM HUP
  [ -z "$stopped" ] || wait $! || status=$? # it saves, and ends with 75
  if [ $status -eq 75 ] && ! grep -q '"event":"interrupted".*"reason":"SIGXCPU"' "$name/events.jsonl"; then
    echo "ablation.sh: $name was stopped before its time; the same command goes on with it from its start" >&2
    exit 75
  fi
  case $status in
    0 | 75)
      "$seq2seq" evaluate --run "$name" --weights newest --pairs pairs.tsv --json >"$name.part"
      ;;
    3) echo '{}' >"$name.part" ;; # diverged: that is a result, too
    *)
      cat "$name.errors" >&2
      echo "ablation.sh: training $name ended with status $status" >&2
      [ $status -eq 2 ] || echo "Is --seconds long enough to read the data?" >&2
      exit 1
      ;;
  esac
  mv "$name.part" "$name.json"
}

variant all "everything"
variant all-2 "the same, other weights and order" seed=2 shuffle-seed=2
variant all-3 "the same, other weights and order" seed=3 shuffle-seed=3
variant original "without attention: the original architecture" architecture=original
variant noise "mistakes as rare as in the validation lines" noise=uniform=1
variant no-average "without the mean of the weights" average-weights=0
variant no-warmup "without warm-up" warmup-steps=0
variant no-clip "gradients not clipped" clip-norm=0
variant clip-elements "elements clipped to 5 instead of the norm" clip-norm=0 clip=5
variant fp32 "fp32 instead of bf16" precision=fp32
variant smoothing "label smoothing 0.1 added" label-smoothing=0.1
variant dropout "dropout added: 0.9 kept" keep-probability=0.9
variant two-layers "two layers" num-layers=2
variant half "half the hidden size" rnn-size=$((common[rnn-size] / 2))
variant double "twice the hidden size" rnn-size=$((common[rnn-size] * 2))
python3 "$project/bench/experiments/ablation.py" "${names[@]}" >ablation.part
mv ablation.part ablation.md
cat ablation.md
