#!/usr/bin/env bash
# Fuzzes the parsers (tests/fuzz) with libFuzzer, one target after the other.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
  cat <<'END'
Usage: scripts/fuzz.sh [OPTION...] [TARGET...]

Runs every target, or those named, and prints for each: executions, executions a second, edges reached
(of all that the program has), inputs kept, and how it ended. Targets are tests/fuzz/TARGET_fuzz.cpp.

  --seconds N   for each target (60)
  --runs N      at most so many inputs for each target (no bound)
  --seed N      of libFuzzer's random numbers (another each time); with --runs, what is tried does not
                depend on how fast the machine is
  --build DIR   where the programs are built, and inputs kept for the next time (build-fuzz)
  --programs DIR  run the programs of DIR and build nothing
  --list        the targets
  --help        this text

Exits with 1 if there is a find: the input that shows it lies in DIR/finds, and
DIR/programs/TARGET_fuzz FILE runs it again.
END
}

fail() { echo "fuzz.sh: $1" >&2; exit "${2:-1}"; }

seconds=60 runs=-1 seed=0 build=$root/build-fuzz programs='' targets=()
list() { (cd "$root/tests/fuzz" && printf '%s\n' *_fuzz.cpp) | sed 's/_fuzz\.cpp$//'; }
while [ $# -gt 0 ]; do
  case $1 in
    --seconds | --runs | --seed | --build | --programs)
      [ $# -gt 1 ] || fail "$1 needs a value" 2
      printf -v "${1#--}" '%s' "$2"
      shift
      ;;
    --list) list; exit ;;
    --help | -h) usage; exit ;;
    -*) usage >&2; fail "unknown option '$1'" 2 ;;
    *)
      [ -f "$root/tests/fuzz/$1_fuzz.cpp" ] || fail "there is no target '$1'; --list has them" 2
      targets+=("$1")
      ;;
  esac
  shift
done
[[ $seconds =~ ^[1-9][0-9]*$ && $runs =~ ^(-1|[1-9][0-9]*)$ && $seed =~ ^[0-9]+$ ]] ||
  fail "--seconds, --runs and --seed take whole numbers" 2
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(list)

if [ -z "$programs" ]; then
  programs=$build/programs
  "$root/scripts/install_dependencies.sh"
  cmake -S "$root/tests/fuzz/programs" -B "$programs" -G Ninja -DCMAKE_CXX_COMPILER=clang++ >/dev/null
  cmake --build "$programs" --target "${targets[@]/%/_fuzz}"
fi
for target in "${targets[@]}"; do
  [ -x "$programs/${target}_fuzz" ] || fail "there is no $programs/${target}_fuzz (is clang with libFuzzer here?)" 77
done
mkdir -p "$build/finds"
logs=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")")
trap 'rm -rf "$logs"' EXIT

# run TARGET: the row of the table; 1 for a find.
run() {
  local log=$logs/$1 kept=$build/corpus/$1 end=well status=0
  mkdir -p "$kept"
  local options=(-max_total_time="$seconds" -runs="$runs" -timeout=120 -report_slow_units=120 -seed="$seed"
    -close_fd_mask=1 -print_final_stats=1 -artifact_prefix="$build/finds/$1-")
  TMPDIR=$logs "$programs/$1_fuzz" "${options[@]}" "$kept" "$root/tests/fuzz/corpus/$1" >"$log" 2>&1 || status=$?
  [ "$status" -eq 0 ] || end="FIND, see below"
  sed -n 's/^stat::number_of_executed_units: *//p; s/^stat::average_exec_per_sec: *//p
          s/^INFO: Loaded 1 modules *(\([0-9]*\) inline.*/of \1/p
          s/.*cov: \([0-9]*\) .*corp: \([0-9]*\).*/cov \1 \2/p' "$log" |
    awk -v target="$1" -v end="$end" '
      /^of/ { all = $2; next } /^cov/ { edges = $2; inputs = $3; next } { stat[++n] = $1 }
      END { printf "%-20s %12d %9d %14s %8d  %s\n", target, stat[1], stat[2], edges "/" all, inputs, end }'
  [ "$status" -eq 0 ] && return
  grep -avE '^(#[0-9]+|INFO|stat::)' "$log" | head -n 40 >&2
  return 1
}

printf '%-20s %12s %9s %14s %8s  %s\n' target executions 'a second' edges inputs end
finds=0
for target in "${targets[@]}"; do run "$target" || finds=$((finds + 1)); done
[ "$finds" -eq 0 ] || fail "$finds targets with a find; the inputs are in $build/finds"
