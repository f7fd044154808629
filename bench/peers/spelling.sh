#!/usr/bin/env bash
# aspell, hunspell and a trained model on the same pairs: errors fixed, good words broken, exact lines, speed.
set -euo pipefail
from=$PWD  # whose files are named
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

usage() {
  cat <<'END'
Usage: bench/peers/spelling.sh (--run DIR | --model FILE) (--data DIR | --pairs FILE.tsv) [--lines N]
                               [--keep-unless P,P,...] [-- OPTION...]

  --run, --model  the trained model, as seq2seq correct takes it; more options of correct stand behind --
  --data          a data directory with misspellings: its validation lines, with one held-out misspelling in each
                  (seq2seq noise --held-out)
  --pairs         noisy<TAB>clean lines instead
  --lines         use the first N pairs only
  --keep-unless   the model once for each of these thresholds; see docs/correct.md

Every other pair is for choosing: the threshold with which the model fixes most there while it breaks no more good words
than a spell checker. All figures are of the other half. SEQ2SEQ names another program than build/bin/seq2seq.

aspell and hunspell are taken from Debian's packages, unpacked into ${FAVRAS_CACHE:-$HOME/.cache/favras}/spelling,
never installed. Each takes its first suggestion for every word that it does not know.
END
}
usage_error() {
  echo "spelling.sh: $1" >&2
  usage >&2
  exit 2
}
fail() { echo "spelling.sh: $1" >&2; exit 1; }

run="" model="" data="" pairs="" lines="" keep_unless=0,0.3,0.5,0.7,0.8,0.9,0.95,0.98,0.99
while [ $# -gt 0 ]; do
  case $1 in
    --run | --model | --data | --pairs | --lines | --keep-unless)
      [ -n "${2-}" ] || usage_error "$1 needs a value"
      name=${1#--} value=$2
      [[ $name = lines || $name = keep-unless ]] || value=$(cd "$from" && realpath -m "$2")
      printf -v "${name/-/_}" %s "$value"
      shift
      ;;
    --help | -h) usage; exit 0 ;;
    --) shift; break ;;
    *) usage_error "unknown argument '$1'" ;;
  esac
  shift
done
if [ -z "$run$model" ] || [ -n "${run:+$model}" ]; then usage_error "needs --run or --model"; fi
if [ -z "$data$pairs" ] || [ -n "${data:+$pairs}" ]; then usage_error "needs --data or --pairs"; fi
[[ $lines =~ ^([1-9][0-9]*)?$ ]] || usage_error "--lines $lines: must be a whole number above 0"
[ -z "$run" ] || [ -f "$run/model.safetensors" ] || fail "--run $run: has no trained model (model.safetensors) in it"
[ -z "$model" ] || [ -f "$model" ] || fail "--model $model: no such file"
[ -z "$data" ] || [ -f "$data/misspellings.tsv" ] || fail "--data $data: has no misspellings.tsv in it"
if [ -n "$pairs" ]; then
  [ -r "$pairs" ] || fail "--pairs $pairs: no such file, or not readable"
  awk -F '\t' -v lines="${lines:-0}" 'NF != 2 { exit bad = 1 } lines && NR == lines { exit }
    END { exit bad || !NR }' "$pairs" || fail "--pairs $pairs: needs noisy<TAB>clean lines"
fi
program=${SEQ2SEQ:-build/bin/seq2seq}
[ -x "$program" ] || fail "$program is not built: run scripts/quickstart.sh"

cache=${FAVRAS_CACHE:-~/.cache/favras}/spelling
packages=(aspell libaspell15 aspell-en hunspell libhunspell-1.7-0 hunspell-en-us)

# aspell-en ships word lists, which its package compiles when it is installed; here it is done in the cache.
compile_aspell_lists() {
  local root=$1 list name
  mkdir "$root/lists"
  find "$root/usr/lib/aspell" -type f -exec cp {} "$root/lists" \;
  cp "$root"/usr/share/aspell/* "$root/lists"
  for list in "$root"/usr/share/aspell/*.cwl.gz; do
    name=$(basename "$list" .cwl.gz)
    zcat "$list" | "$root/usr/bin/prezip-bin" -d |
      "$root/usr/bin/aspell" --per-conf=/dev/null --dont-validate-affixes --lang=en --data-dir="$root/lists" \
        --local-data-dir="$root/lists" --dict-dir="$root/lists" create master "$root/lists/$name.rws"
  done
}

unpack_peers() {
  local new=$cache.new package
  [ ! -d "$cache" ] || return 0
  echo "Unpacking ${packages[*]} into $cache" >&2
  rm -rf "$new"
  mkdir -p "$new/root"
  # Root downloads as apt's own sandbox user, which therefore has to own the folder.
  if [ "$(id -u)" -eq 0 ] && id _apt >/dev/null 2>&1; then chown _apt "$new"; fi
  (cd "$new" && apt-get -qq download "${packages[@]}")
  for package in "$new"/*.deb; do dpkg -x "$package" "$new/root"; done
  LD_LIBRARY_PATH=$(echo "$new"/root/usr/lib/*-linux-gnu) compile_aspell_lists "$new/root"
  mv "$new" "$cache"
}

unpack_peers
if [ -n "$data" ]; then
  pairs=$(mktemp)
  trap 'rm -f "$pairs"' EXIT
  "$program" noise --data "$data" --held-out --pairs ${lines:+--lines "$lines"} "$data/validation.txt" >"$pairs"
fi
lscpu | sed -n 's/^Model name: */CPU: /p'
LD_LIBRARY_PATH=$(echo "$cache"/root/usr/lib/*-linux-gnu) python3 bench/peers/spelling.py --peers "$cache/root" \
  --pairs "$pairs" ${lines:+--lines "$lines"} --keep-unless "$keep_unless" \
  --correct "$program" correct ${run:+--run "$run"} ${model:+--model "$model"} "$@"
