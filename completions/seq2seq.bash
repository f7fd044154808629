# Completion in bash for seq2seq and mailer. Commands and options are asked of the program itself (--help), so they are
# those of the one that is about to run. To try it: . completions/seq2seq.bash
# shellcheck shell=bash

# The values that option `$2` of command `$1` has, where they are words. Lists have commas between them.
_favras_values() {
  case $2 in
    --auth) echo auto plain login xoauth2 ;;
    --device) echo auto cpu cuda ;;
    --filter) echo english none ;;
    --group-by) echo content file folder ;;
    --invalid-utf8) echo fail skip ;;
    --lstm) echo favras cudnn ;;
    --mail-on)
      echo epoch best started resumed save_failed rolled_back diverged interrupted finished failed stalled= digest=
      ;;
    --noise) echo none human= keyboard= uniform= ;;
    --noise-refresh) echo epoch frozen ;;
    --on-divergence) echo stop rollback ;;
    --precision) if [[ $1 == export ]]; then echo bf16 fp32; else echo fp32 tf32 bf16; fi ;;
    --architecture) echo original attention ;;
    --schedule) echo constant cosine linear ;;
    --split) echo whole sentences cut ;;
    --spot-notice) echo aws gcp off ;;
    --task) echo sort ;;
    --value) echo validation_loss loss accuracy learning_rate throughput ;;
    --weights) echo best newest ;;
  esac
}

# The kind of path that `$2` of command `$1` takes; without an option, that of its other words.
_favras_path_kind() {
  case $1:$2 in
    prepare:--output | *:--data | *:--run | *:--mail-dry-run | *:--dry-run | *:--spool | *:--tensorboard)
      echo directory
      ;;
    *:--output | *:--attention | *:--config | *:--model | *:--pairs | *:--corrected | *:--misspellings | *:--text | \
      *:--html | *:--picture | *:--password-file | *:--ca-file | *:--prometheus-textfile)
      echo file
      ;;
    plot: | report:) echo directory ;;
    prepare: | correct: | inspect: | noise: | preview:) echo file ;;
  esac
}

_favras_offer_paths() {
  local action=file
  [[ $1 == directory ]] && action=directory
  mapfile -t COMPREPLY < <(compgen -A "$action" -- "$2")
  compopt -o filenames 2>/dev/null
}

# Words that begin like `$1`, up to its last comma as they stand.
_favras_offer_values() {
  local word=$1 before=${1%"${1##*,}"}
  shift
  mapfile -t COMPREPLY < <(compgen -P "$before" -W "$*" -- "${word##*,}")
  [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
}

_favras_complete() {
  local program=${COMP_WORDS[0]/#\~/$HOME} word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]}
  local command=${COMP_WORDS[1]} start=1 help i
  COMPREPLY=()
  # What supervise runs stands behind two dashes.
  for ((i = 2; i < COMP_CWORD; i++)); do
    if [[ $command == supervise && ${COMP_WORDS[i]} == -- ]]; then command=train start=$((i + 1)); fi
  done
  if ((COMP_CWORD == start && start > 1)); then
    _favras_offer_values "$word" train
    return
  fi
  if ((COMP_CWORD == start)); then
    help=$("$program" --help 2>/dev/null </dev/null | sed -n '/^Commands:/,/^$/s/^  \([a-z]\{1,\}\) .*/\1/p')
    _favras_offer_values "$word" "$help" --help --version
    return
  fi
  help=$("$program" "$command" --help 2>/dev/null </dev/null) || return
  # bash has divided --name=value into three words.
  if [[ $word == = ]]; then
    word=
  elif [[ $option == = ]]; then
    option=${COMP_WORDS[COMP_CWORD - 2]}
  fi

  if [[ $option == --?* ]] && grep -qE -- "^ +$option (arg|[A-Z])" <<<"$help"; then
    local values kind
    values=$(_favras_values "$command" "$option")
    kind=$(_favras_path_kind "$command" "$option")
    if [[ $option == --allow-change ]]; then
      values=$(sed -n '/^Settings/,/^$/s/^  --\([a-z-]*\).*/\1/p' <<<"$help")
    fi
    if [[ -n $values ]]; then
      _favras_offer_values "$word" "$values"
    elif [[ -n $kind ]]; then
      _favras_offer_paths "$kind" "$word"
    fi
  elif [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(sed -nE 's/^  (-h \[ )?(--[a-z0-9-]+).*/\2/p' <<<"$help")" -- "$word")
  else
    kind=$(_favras_path_kind "$command" '')
    [[ -z $kind ]] || _favras_offer_paths "$kind" "$word"
  fi
}

complete -F _favras_complete seq2seq mailer
