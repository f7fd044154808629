#!/bin/sh
# The help of the program $FAVRAS_PROGRAM and of all its commands as one text, in the form from which help2man makes a
# manual page with a section for each command. Called by help2man, with --help or --version.
set -eu
[ "$1" = --help ] || exec "$FAVRAS_PROGRAM" "$@"

overview=$("$FAVRAS_PROGRAM" --help)
commands=$(printf '%s\n' "$overview" | sed -n '/^Commands:/,/^$/s/^  \([a-z]\{1,\}\) .*/\1/p')

# help2man wants two spaces between an option, or a command, and what is said about it.
two_spaces() {
  sed -E -e '/^  -.*[^ ]  /!s/^(  --[a-z0-9-]+( (arg|[A-Z][^ ]*))?( \(=[^)]*\))?) ([^ ])/\1  \5/' \
    -e 's/^  ([a-z]+) ([^ ])/  \1  \2/'
}

printf '%s\n' "$overview" | two_spaces
common=
for command in $commands; do
  help=$("$FAVRAS_PROGRAM" "$command" --help)
  printf '\n*%s*\n\n' "$command"
  printf '%s\n' "$help" | two_spaces |
    sed -e 's/^Usage: //' -e '/^Options:$/d' -e '/^General:/,$d' -e '/^Each option may/,$d'
  # What all commands have in common is said once, at the end.
  common=$(printf '%s\n' "$help" | sed '1,/^General:/d')
  [ -n "$common" ] || common=$(printf '%s\n' "$help" | sed -n '/^Each option may/,$p')
done
printf '\n*options of every command*\n\n%s\n' "$common" | two_spaces
