#!/usr/bin/env bash
# Fetches English text to train on, and lists of people's misspellings, from Debian's own packages. A package
# is downloaded and unpacked into a cache folder, never installed. This script and the decoders beside it only
# turn containers into plain text, a paragraph a line; all cleaning is done by `seq2seq prepare`.
set -euo pipefail
shopt -s globstar

usage() {
  cat <<'END'
Usage: scripts/fetch_corpus.sh --small [--output FILE]
       scripts/fetch_corpus.sh --standard | --large | --permissive [--output FOLDER]
       scripts/fetch_corpus.sh --misspellings [--output FILE]

  --small     WordNet's glosses and examples (6.5 MB download, 8.8 MB of text)
  --standard  dictionaries, novels, Bibles and more, of 15 packages (55 MB download, 82 MB of text)
  --large     and the descriptions of all of apt's packages (16 MB more to download, 24 MB of text)
  --permissive  text that is in the public domain or may be used for anything with its notice: WordNet, a Bible,
              novels, manuals, of 8 packages (27 MB download, 32 MB of text)
  --misspellings  wrong<TAB>right pairs of words, of codespell and lintian (1.3 MB download)
  --output    where it goes; default data/corpus/wordnet.txt, data/corpus, data/permissive or
              data/misspellings/misspellings.tsv
  --help      this text

Where a folder is written, texts that tell the same are of one group, FOLDER/GROUP/PACKAGE.txt, and none is large.
FOLDER/sources.tsv says how much came of which package under which licence; docs/corpus.md tells more, also how
to make data of it: seq2seq prepare --filter english --group-by folder FOLDER. The download is kept in
${FAVRAS_CACHE:-$HOME/.cache/favras}/corpus; a second run does no work twice. Exit status 1: some is missing.
END
}

# Of which texts belong to which group; one more whenever the decoders divide them otherwise.
layout=2

# Package, decoder, group, files in the package, licence, size: standard (and large), permissive or both.
sources() {
  cat <<'END'
wordnet-base|wordnet|dictionary|usr/share/wordnet/data.*|WordNet 3.0|both
dict-gcide|dictd|dictionary|usr/share/dictd/gcide.dict.dz|GPL-2+|standard
dict-foldoc|dictd|computing|usr/share/dictd/foldoc.dict.dz|GFDL-1.1+|standard
jargon-text|plain_gz|computing|usr/share/doc/jargon-text/jargon.txt.gz|public domain|both
anarchism|html_pages|anarchism|usr/share/doc/anarchism/html/*.html|GPL-2+|standard
fortune-anarchism|fortunes|fortunes|usr/share/games/fortunes/*|public domain|standard
fortunes|fortunes|fortunes|usr/share/games/fortunes/*|BSD|standard
fortunes-min|fortunes|fortunes|usr/share/games/fortunes/*|BSD|standard
trans-de-en|trans|phrases|usr/share/trans/de-en|GPL-2+|standard
r-cran-janeaustenr|r_data|austen|usr/lib/R/site-library/janeaustenr/data/Rdata.rdb|MIT, texts public domain|both
r-cran-tokenizers|r_data|moby-dick|usr/lib/R/site-library/tokenizers/data/Rdata.rdb|MIT, text public domain|both
sword-text-kjv|sword|bible|usr/share/sword/modules/texts/ztext/*/*zs|public domain (UK: Crown patent)|standard
sword-text-web|sword|bible|usr/share/sword/modules/texts/ztext/*/*zs|public domain|both
sword-comm-mhcc|sword|bible|usr/share/sword/modules/comments/zcom/*/*zs|public domain|standard
sword-comm-tdavid|sword|bible|usr/share/sword/modules/comments/zcom/*/*zs|public domain|standard
postgresql-doc-15|html_manual|postgresql|usr/share/doc/postgresql-doc-15/html/*.html|PostgreSQL|permissive
python-django-doc|html_manual|django|usr/share/doc/python-django-doc/html/**/*.html|BSD-3-Clause|permissive
sqlite3-doc|html_manual|sqlite|usr/share/doc/sqlite3/**/*.html|public domain|permissive
END
}

sources_of_size() {
  sources | awk -F '|' -v size="${size/large/standard}" '$6 == size || $6 == "both"'
}

# Package, files, licence.
misspelling_lists() {
  cat <<'END'
codespell|usr/lib/python3/dist-packages/codespell_lib/data/dictionary.txt|GPL-2
lintian|usr/share/lintian/data/spelling/corrections*|GPL-2+
END
}

say() { echo "fetch_corpus.sh: $*" >&2; }
fail() { say "$@"; exit 1; }
usage_error() { say "$@"; usage >&2; exit 2; }

update_lists() {
  echo "No list of packages names what is wanted: updating the lists" >&2
  if [ "$(id -u)" -eq 0 ]; then
    apt-get -qq update >&2
  elif command -v sudo >/dev/null; then
    sudo apt-get -qq update >&2
  else
    say "run 'apt-get update' as root once, then this script again"
    return 1
  fi
}

# What apt's lists say of all packages goes to $work/known, once, since asking takes apt a second.
ask_apt() {
  local packages
  [ ! -s "$work/known" ] || return 0
  mapfile -t packages < <({ sources; misspelling_lists; } | cut -d '|' -f 1)
  apt-cache show --no-all-versions "${packages[@]}" >"$work/known" 2>/dev/null || true
  ! grep -q '^SHA256: ' "$work/known" || return 0  # else it knows no more than what is installed
  update_lists || return 1
  apt-cache show --no-all-versions "${packages[@]}" >"$work/known" || true
}

# field PACKAGE NAME
field() {
  awk -v package="Package: $1" -v name="$2: " '
    /^Package: / { found = $0 == package }
    found && index($0, name) == 1 { print $2; exit }' "$work/known"
}

# Downloads a package into the folder and checks that it is whole. Root downloads as apt's own sandbox user,
# which therefore has to own the folder.
download() {
  local package=$1 folder=$2 deb
  ask_apt || return 1
  [ -n "$(field "$package" Size)" ] || { say "no list of packages names $package"; return 1; }
  if [ "$(id -u)" -eq 0 ] && id _apt >/dev/null 2>&1; then chown _apt "$folder"; fi
  (cd "$folder" && apt-get -qq download "$package" >&2) ||
    { say "cannot download the package $package"; return 1; }
  deb=$(echo "$folder/${package}_"*.deb)
  if [ "$(stat -c %s "$deb")" != "$(field "$package" Size)" ] ||
    [ "$(sha256sum <"$deb" | cut -d ' ' -f 1)" != "$(field "$package" SHA256)" ]; then
    say "$package is not what apt's lists announce: try again"
    return 1
  fi
}

# Leaves the package's files in $cache/PACKAGE. Each step ends in a rename, so a run that was cut short
# is taken up where it stopped.
unpack() {
  local package=$1 folder deb
  [ ! -d "$cache/$package" ] || return 0
  mkdir -p "$cache"
  if ! compgen -G "$cache/${package}_*.deb" >/dev/null; then
    echo "Downloading $package" >&2
    folder=$(mktemp -d -p "$work")
    download "$package" "$folder" || return 1
    deb=$(echo "$folder/${package}_"*.deb)
    cp "$deb" "$cache/part" && mv "$cache/part" "$cache/$(basename "$deb")" || return 1
  fi
  rm -rf "$cache/$package.part"
  dpkg -x "$cache/${package}_"*.deb "$cache/$package.part" ||
    { say "cannot unpack $package: delete $cache/${package}_*.deb and run this again"; return 1; }
  mv "$cache/$package.part" "$cache/$package"
}

# apt's English descriptions, in lists of their own: the user's stay as they are.
fetch_descriptions() {
  local lists=$cache/apt-descriptions
  [ ! -d "$lists" ] || return 0
  rm -rf "$lists.part"
  mkdir -p "$lists.part/partial" "$work/archives/partial"
  apt-get -qq -o Dir::State::Lists="$lists.part" -o Dir::Cache="$work" -o Acquire::Languages=en \
    -o APT::Update::Error-Mode=any -o APT::Sandbox::User="$(id -un)" update >&2 || return 1
  compgen -G "$lists.part/*_Translation-en*" >/dev/null || { say "apt has no list of English descriptions"; return 1; }
  mv "$lists.part" "$lists"
}

version_of() {
  local deb
  if [ "$1" = apt-descriptions ]; then
    date -u -r "$cache/apt-descriptions" +%Y-%m-%d
  else
    deb=$(basename "$cache/$1"_*.deb)
    deb=${deb#*_}
    printf '%b\n' "$(sed 's/_[^_]*$//; s/%/\\x/g' <<<"$deb")"
  fi
}

# decode OUTPUT PACKAGE DECODER GROUP FILES LICENCE; not again unless something is newer.
decode() {
  local output=$1 package=$2 record=$1/.sources/$2.tsv version files
  version=$(version_of "$package")
  if [ -e "$record" ] && [ "$(head -n 1 "$record" | cut -f 3)" = "$version" ] &&
    [ -z "$(find "$0" "$decoders"/*.py -newer "$record")" ]; then
    echo "  $package: up to date"
    return
  fi
  mapfile -t files < <(compgen -G "$cache/$package/$5" | LC_ALL=C sort)
  python3 "$decoders/main.py" "$3" "$4" "$package" "$version" "$6" "$output" "${files[@]}" ||
    { say "cannot decode $package: delete $cache/$package* and run this again"; return 1; }
  echo "  $package: $(awk -F '\t' '{ n += $5 } END { print n }' "$record") paragraphs"
}

# One row a package, which may have text in many groups.
table() {
  awk -F '\t' '
    function row(a, b, c, d, e, f, g) { printf "%-18s %-18s %-18s %-31s %8s %11s %11s\n", a, b, c, d, e, f, g }
    BEGIN { row("groups", "package", "version", "licence", "lines", "characters", "bytes") }
    FNR == 1 { next }
    !($2 in groups) { order[++n] = $2; name[$2] = $1; version[$2] = $3; licence[$2] = $4 }
    { groups[$2]++; lines[$2] += $5; characters[$2] += $6; bytes[$2] += $7; l += $5; c += $6; b += $7 }
    END {
      for (i = 1; i <= n; ++i) {
        p = order[i]
        if (groups[p] > 1) { sub(/-.*/, "-*", name[p]); name[p] = name[p] " " groups[p] }
        row(name[p], p, version[p], licence[p], lines[p], characters[p], bytes[p])
      }
      row("all", "", "", "", l, c, b)
    }' "$output/sources.tsv"
}

small() {
  local wordnet=$cache/wordnet-base
  [ ! -d "$output" ] || fail "$output is a folder: name a file"
  # A data set of both would have every gloss twice, on either side.
  [ ! -e "$(dirname "$output")/.sources/wordnet-base.tsv" ] ||
    fail "$(dirname "$output") has WordNet among its groups already: name a file elsewhere with --output"
  unpack wordnet-base || exit 1
  if [ -s "$output" ] && [ -z "$(find "$0" "$decoders"/*.py -newer "$output")" ]; then
    echo "$output is up to date"
  else
    decode "$work" wordnet-base wordnet wordnet 'usr/share/wordnet/data.*' 'WordNet 3.0' >/dev/null || exit 1
    mkdir -p "$(dirname "$output")"
    cat "$work/wordnet-"*/wordnet-base.txt >"$output.part"
    mv "$output.part" "$output"
    echo "Wrote $output"
  fi
  echo "Licence: WordNet 3.0 (free for any use with its notice: $wordnet/usr/share/doc/wordnet-base/copyright)"
  echo "$(wc -l < "$output") lines, $(wc -c < "$output") bytes"
}

misspellings() {
  local package files licence counts=""
  [ ! -d "$output" ] || fail "$output is a folder: name a file"
  while IFS='|' read -r package files licence; do
    unpack "$package" </dev/null || exit 1
    decode "$work" "$package" misspellings misspellings "$files" "$licence" </dev/null >/dev/null || exit 1
    counts+="$package $(version_of "$package"), $licence: $(wc -l <"$work/misspellings/$package.txt") pairs"$'\n'
  done < <(misspelling_lists)
  mkdir -p "$(dirname "$output")"
  LC_ALL=C sort -u "$work/misspellings/"*.txt >"$output.part"
  mv "$output.part" "$output"
  echo "${counts}Wrote $output: $(wc -l <"$output") different pairs"
  echo "Licences in full: $cache/PACKAGE/usr/share/doc/PACKAGE/copyright"
}

# decode_beside ...: decode's arguments; runs beside the next download and at most one other.
decode_beside() {
  while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n || true; done
  { decode "$output" "$@" || touch "$work/missing/$1"; } &
}

# Takes away what an earlier version left in other groups, and --small's text, which one of the groups has, too.
forget_old_layout() {
  local record group package
  [ ! -e "$output/wordnet.txt" ] || { rm "$output/wordnet.txt"; echo "Removed --small's $output/wordnet.txt"; }
  [ "$(cat "$output/.sources/layout" 2>/dev/null)" != "$layout" ] || return 0
  for record in "$output/.sources/"*.tsv; do
    [ -e "$record" ] || continue
    while IFS=$'\t' read -r group package _; do
      rm -f "$output/$group/$package.txt"
      rmdir --ignore-fail-on-non-empty "$output/$group" 2>/dev/null || true
    done <"$record"
    rm "$record"
  done
  mkdir -p "$output/.sources"
  echo "$layout" >"$output/.sources/layout"
}

# What is under a licence that asks for more must not get among what is not.
require_permissive() {
  local record package
  for record in "$output/.sources/"*.tsv; do
    package=$(basename "$record" .tsv)
    [ ! -e "$record" ] || sources_of_size | cut -d '|' -f 1 | grep -qx "$package" ||
      fail "$output has $package, too: name a folder elsewhere with --output"
  done
}

many() {
  local package decoder group files licence at=0 count
  [ ! -f "$output" ] || fail "$output is a file: name a folder"
  [ "$size" != permissive ] || require_permissive
  mkdir -p "$output" "$work/missing"
  forget_old_layout
  count=$(sources_of_size | wc -l)
  [ "$size" != large ] || count=$((count + 1))
  while IFS='|' read -r package decoder group files licence _; do
    at=$((at + 1))
    echo "[$at/$count] $package"
    if unpack "$package" </dev/null; then
      decode_beside "$package" "$decoder" "$group" "$files" "$licence" </dev/null
    else
      touch "$work/missing/$package"
    fi
  done < <(sources_of_size)
  if [ "$size" = large ]; then
    echo "[$count/$count] apt-descriptions"
    if fetch_descriptions; then
      decode_beside apt-descriptions apt_descriptions debian '*_Translation-en*' "each package's own"
    else
      touch "$work/missing/apt-descriptions"
    fi
  fi
  wait
  finish
}

# The table, and what is missing.
finish() {
  if compgen -G "$output/.sources/*.tsv" >/dev/null; then
    printf '%s\t' group package version licence lines characters >"$output/sources.tsv.part"
    echo bytes >>"$output/sources.tsv.part"
    LC_ALL=C sort "$output/.sources/"*.tsv >>"$output/sources.tsv.part"
    mv "$output/sources.tsv.part" "$output/sources.tsv"
    table
    echo "Licences in full: $cache/PACKAGE/usr/share/doc/PACKAGE/copyright"
    echo "Wrote $output/*/*.txt and $output/sources.tsv"
  fi
  local missing=("$work/missing/"*)
  [ ! -e "${missing[0]}" ] || fail "missing: ${missing[*]##*/}"
}

size=""
output=""
while [ $# -gt 0 ]; do
  case $1 in
    --small | --standard | --large | --permissive | --misspellings)
      [ -z "$size" ] || usage_error "one of them at a time"
      size=${1#--} ;;
    --output)
      [ $# -ge 2 ] || usage_error "--output needs a name"
      output=$2
      shift ;;
    --output=*) output=${1#*=} ;;
    --help | -h) usage; exit 0 ;;
    *) usage_error "unknown argument '$1'" ;;
  esac
  shift
done
[ -n "$size" ] || usage_error "say what: --small, --standard, --large, --permissive or --misspellings"
for program in apt-get apt-cache dpkg; do
  command -v $program >/dev/null || fail "needs $program (Debian or a relative of it)"
done
command -v python3 >/dev/null || fail "needs python3: apt-get install python3"
root=$(cd "$(dirname "$0")/.." && pwd)
decoders=$root/scripts/fetch_corpus
cache=${FAVRAS_CACHE:-~/.cache/favras}/corpus
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
case $size in
  small)
    : "${output:=$root/data/corpus/wordnet.txt}"
    small ;;
  misspellings)
    : "${output:=$root/data/misspellings/misspellings.tsv}"
    misspellings ;;
  permissive)
    : "${output:=$root/data/permissive}"
    many ;;
  *)
    : "${output:=$root/data/corpus}"
    many ;;
esac
