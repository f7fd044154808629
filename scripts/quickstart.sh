#!/usr/bin/env bash
# From a bare Debian 12 to a trained model: installs, builds, shows the model that comes with the program, if it is
# there; trains one on sorting letters, measures, uses it.
# A second run does no work twice.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
  cat <<'END'
Usage: scripts/quickstart.sh

Installs what is missing (with sudo unless root), builds build/bin/seq2seq, corrects a few lines with the model in
models/, if there is one, makes data/sort, trains runs/sort on it, measures it and uses it.
END
}
case "${1-}" in
  "") ;;
  --help | -h) usage; exit 0 ;;
  *)
    echo "quickstart.sh: unknown argument '$1'" >&2
    usage >&2
    exit 2
    ;;
esac

data=data/sort
run=runs/sort
seq2seq=build/bin/seq2seq
model=models/english.safetensors

step=0
steps=6
[ ! -e "$model" ] || steps=7
announce() { step=$((step + 1)); printf '\n== %d/%d %s\n' "$step" "$steps" "$*"; }
# beside WIDTH LINE... <AFTER
beside() { paste -d ' ' <(printf "%-$1s->\\n" "${@:2}") -; }

announce "Installing what the build needs"
scripts/install_dependencies.sh --build-only

announce "Building $seq2seq"
# The first time without the tests, whose packages need not be there; later as test.sh left it.
options=()
[ -e build/CMakeCache.txt ] || options=(-DFAVRAS_TESTS=OFF -DFAVRAS_BENCH=OFF)
cmake --preset release --log-level=WARNING "${options[@]}" >/dev/null
if grep -q "^FAVRAS_CUDA:BOOL=ON" build/CMakeCache.txt; then
  echo "With CUDA, which takes longer; README says how to leave it out."
fi
cmake --build build --target seq2seq

if [ -e "$model" ]; then
  announce "Correcting a few lines with the model that comes with the program, $model"
  lines=("I recieved teh letter yesterday." "She could not beleive her eyes." "A freind of mine livse in thsi house.")
  corrected=$(printf '%s\n' "${lines[@]}" | "$seq2seq" correct)
  beside 40 "${lines[@]}" <<<"$corrected"
fi

announce "Making the training data: random strings, and their letters in order"
"$seq2seq" prepare --task sort --output "$data"

announce "Training: half a minute on two cores that do nothing else"
"$seq2seq" train --data "$data" --run "$run" --mail-to you@example.org --mail-from favras@example.org \
  --mail-on finished --mail-dry-run "$run-mail"

announce "Measuring on 1,000 strings that were never trained on"
"$seq2seq" evaluate --run "$run"

announce "Sorting the letters of a few words"
words=(favras spelling computer engine zebra)
sorted=$(printf '%s\n' "${words[@]}" | "$seq2seq" correct --run "$run")
beside 10 "${words[@]}" <<<"$sorted"

cat <<END

The run is in   $run
its log is      $run/log.txt
its model is    $run/model.safetensors
the mail that it would have sent, had it been told of a server: $run-mail/*.eml

Sort words of your own, one a line (end with Ctrl-D):
  $seq2seq correct --run $run
$([ ! -e "$model" ] || printf '\nCorrect a text of your own, with the model that comes with the program:\n  %s correct FILE\n' "$seq2seq")
Go on with real English: fetch it, prepare it, train a spelling corrector on it:
  scripts/fetch_corpus.sh --small
  $seq2seq prepare --split whole --output data/wordnet data/corpus/wordnet.txt
  $seq2seq train --data data/wordnet --run runs/wordnet --preset small --noise uniform=3 \\
    --precision bf16 --epochs 6
END
