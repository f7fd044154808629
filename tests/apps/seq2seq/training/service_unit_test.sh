#!/usr/bin/env bash
# systemd finds nothing wrong with deploy/favras-train@.service. $1: the unit, $2: the program seq2seq.
set -euo pipefail

command -v systemd-analyze >/dev/null || { echo "skipped: there is no systemd-analyze"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
grep -q '^ExecStart=/usr/local/bin/seq2seq train ' "$1"
sed "s#/usr/local/bin/seq2seq#\"$2\"#" "$1" >"$folder/favras-train@.service"
said=$(systemd-analyze verify "$folder/favras-train@run.service" 2>&1) || { echo "$said"; exit 1; }
if grep favras <<<"$said"; then exit 1; fi  # a warning
