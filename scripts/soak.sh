#!/usr/bin/env bash
# Long runs against what befalls them, for as long as asked: the tests of tests/apps/seq2seq/durability with fresh
# random moments and damages each time, in memory and on the disk, and a table of what was counted.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
  cat <<'END'
Usage: scripts/soak.sh [--minutes N] [--build DIR] [--disk DIR]

  --minutes N   how long, roughly: what has been begun is finished (default: 60). The first round lets every system
                call of a run fail, which alone takes minutes
  --build DIR   programs built before; default: built now, into build/
  --disk DIR    on the disk that every second round works on (default: /var/tmp); the others work in memory
  --help        this text

Prints a table of counts. The output of a test that failed is kept, and named. The exit status is 0 if none failed.
END
}
usage_error() {
  echo "soak.sh: $1" >&2
  usage >&2
  exit 2
}

minutes=60 build="" disk=/var/tmp
while [ $# -gt 0 ]; do
  case $1 in
    --minutes | --build | --disk)
      [ -n "${2-}" ] || usage_error "$1 needs a value"
      declare "${1#--}=$2"
      shift
      ;;
    --help | -h) usage; exit 0 ;;
    *) usage_error "unknown argument '$1'" ;;
  esac
  shift
done
[[ $minutes =~ ^[0-9]+$ ]] || usage_error "--minutes needs a whole number, not '$minutes'"
[ -w "$disk" ] || usage_error "--disk $disk cannot be written to"

if [ -z "$build" ]; then
  build=$root/build
  "$root/scripts/install_dependencies.sh"
  (cd "$root" && cmake --preset release --log-level=WARNING -DFAVRAS_TESTS=ON >/dev/null)
  cmake --build "$build" --target durability_tests
fi

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
failures=0 runs=0

# Runs a test with these variables, and keeps what it said. 77: it cannot be run here.
run() {
  local name=$1 status=0
  shift
  runs=$((runs + 1))
  local log
  log=$logs/$(printf %05d "$runs")-$name
  env OMP_WAIT_POLICY=passive "$@" "$build/tests/durability_${name}_test" --log_level=message --color_output=no \
    >"$log" 2>&1 || status=$?
  case $status in
    0) ;;
    77) echo "$name: $(tail -n 1 "$log")" ;;
    *)
      failures=$((failures + 1))
      local kept
      kept=$(mktemp --suffix="-$name.log")
      cp "$log" "$kept"
      echo "FAILED: $* durability_${name}_test; its output is in $kept" >&2
      ;;
  esac
}

end=$((SECONDS + 60 * minutes)) round=0
while [ "$round" -eq 0 ] || [ "$SECONDS" -lt "$end" ]; do
  place=()
  [ $((round % 2)) -eq 0 ] || place=("TMPDIR=$disk")
  run kill_loop "${place[@]}"
  if [ "$round" -eq 0 ]; then run call_faults FAVRAS_SOAK=1; fi
  run corruption "${place[@]}" "FAVRAS_SEED=$RANDOM" FAVRAS_DAMAGED_RUNS=100
  run full_disk "${place[@]}"
  run surroundings "${place[@]}"
  run other_machine "${place[@]}"
  round=$((round + 1))
  printf '%s round %d, %d failed\n' "$(date +%T)" "$round" "$failures"
done

echo
echo "$(date +%F), $((SECONDS / 60)) minutes, $round rounds on $(nproc) cores of $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
awk '
  /^count:/ {
    number = $2
    sub(/^count: *[0-9]+ /, "")
    if (!($0 in total)) order[++kinds] = $0
    if ($0 !~ /at most/) total[$0] += number
    else if (number > total[$0] + 0) total[$0] = number
    else total[$0] += 0
  }
  END { for (i = 1; i <= kinds; ++i) printf "%9d  %s\n", total[order[i]], order[i] }' "$logs"/*
printf '%9d  tests failed, of %d\n' "$failures" "$runs"
[ "$failures" -eq 0 ]
