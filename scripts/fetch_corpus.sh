#!/usr/bin/env bash
# Fetches English text to train on, from Debian's own packages. A package is downloaded and unpacked into
# a cache folder, never installed. This script only turns containers into plain text, one sentence a
# line; all cleaning is done by `seq2seq prepare`.
set -euo pipefail

usage() {
  cat <<'END'
Usage: scripts/fetch_corpus.sh --small [--output FILE]

  --small        WordNet's glosses and examples (6.5 MB download, 8.8 MB of text)
  --output FILE  where the text goes; default data/corpus/wordnet.txt in the project
  --help         this text

The download is kept in ${FAVRAS_CACHE:-$HOME/.cache/favras}/corpus; a second run does no work twice.
END
}

fail() { echo "fetch_corpus.sh: $*" >&2; exit 1; }
usage_error() { echo "fetch_corpus.sh: $*" >&2; usage >&2; exit 2; }

# Downloads one package into the current folder, with the package lists fetched first where they are
# missing. Root downloads as apt's own sandbox user, which therefore has to own the folder.
download() {
  local package=$1
  if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
    fail "needs apt-get and dpkg (Debian or a relative of it) to fetch $package"
  fi
  if ! apt-cache show "$package" >/dev/null 2>&1; then
    echo "No list of packages names $package: updating the lists" >&2
    if [ "$(id -u)" -eq 0 ]; then
      apt-get -qq update >&2
    elif command -v sudo >/dev/null; then
      sudo apt-get -qq update >&2
    else
      fail "run 'apt-get update' as root once, then this script again"
    fi
  fi
  if [ "$(id -u)" -eq 0 ] && id _apt >/dev/null 2>&1; then chown _apt .; fi
  apt-get -qq download "$package" >&2 || fail "cannot download the package $package"
}

# Leaves the package's files in $cache/PACKAGE. Each step ends in a rename, so a run that was cut short
# is taken up where it stopped.
unpack() {
  local package=$1
  [ -d "$cache/$package" ] && return
  mkdir -p "$cache"
  if ! compgen -G "$cache/${package}_*.deb" >/dev/null; then
    echo "Downloading $package" >&2
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    (cd "$work" && download "$package") || exit 1
    local deb=("$work/${package}_"*.deb)
    cp "${deb[0]}" "$cache/part"
    mv "$cache/part" "$cache/$(basename "${deb[0]}")"
  fi
  rm -rf "$cache/$package.part"
  dpkg -x "$cache/${package}_"*.deb "$cache/$package.part" ||
    fail "cannot unpack $package: delete $cache/${package}_*.deb and run this again"
  mv "$cache/$package.part" "$cache/$package"
}

# A WordNet line ends in "| gloss; gloss; "example"; ...". Semicolons inside quotes do not separate;
# quotes around an example go, and so does the name of the author after them.
wordnet_sentences() {
  perl -ne '
    next if /^  / || !/\| (.*\S)/;
    my $open = "";
    for my $piece (split /;/, $1) {
      $piece = "$open;$piece" if length $open;
      $open = $piece;
      next if ($piece =~ tr/"//) % 2;
      $open = "";
      print "$+\n" if $piece =~ /^\s*"(.*\S)\s*"[^"]*$|^\s*(.*\S)/;
    }
    print "$1\n" if $open =~ /^\s*(.*\S)/;' "$@"
}

size=""
output=""
while [ $# -gt 0 ]; do
  case $1 in
    --small) size=small ;;
    --output)
      [ $# -ge 2 ] || usage_error "--output needs a file name"
      output=$2
      shift ;;
    --output=*) output=${1#*=} ;;
    --help | -h) usage; exit 0 ;;
    *) usage_error "unknown argument '$1'" ;;
  esac
  shift
done
[ "$size" = small ] || usage_error "say which size: --small is the only one there is"
[ -n "$output" ] || output="$(cd "$(dirname "$0")/.." && pwd)/data/corpus/wordnet.txt"
cache="${FAVRAS_CACHE:-$HOME/.cache/favras}/corpus"
wordnet="$cache/wordnet-base/usr/share/wordnet"

unpack wordnet-base
[ ! -d "$output" ] || fail "$output is a folder: name a file"
if [ -s "$output" ] && [ "$output" -nt "$0" ]; then
  echo "$output is up to date"
else
  mkdir -p "$(dirname "$output")"
  wordnet_sentences "$wordnet"/data.{adj,adv,noun,verb} > "$output.part"
  mv "$output.part" "$output"
  echo "Wrote $output"
fi
echo "Licence: WordNet 3.0 (free for any use with its notice: $cache/wordnet-base/usr/share/doc/wordnet-base/copyright)"
echo "$(wc -l < "$output") lines, $(wc -c < "$output") bytes"
