#!/usr/bin/env bash
# Installs the Debian 12 packages that building and testing need, and only those that are missing. Asks
# nothing and removes nothing; where all is present it does not even look at the network.
set -euo pipefail

build_packages=(
  ca-certificates g++ cmake ninja-build pkgconf
  libboost1.81-dev libboost-json1.81-dev libboost-program-options1.81-dev
  libcairo2-dev libcurl4-openssl-dev libdnnl-dev libfmt-dev libhwy-dev libssl-dev libutf8proc-dev
)
test_packages=(
  clang help2man libbenchmark-dev libboost-context1.81-dev libboost-test1.81-dev libclang-rt-14-dev librapidcheck-dev
  openssl python3-venv strace valgrind
)

usage() {
  cat <<'END'
Usage: scripts/install_dependencies.sh [--build-only]

  --build-only  leave out what only the tests and benchmarks need
  --help        this text
END
}

fail() { echo "install_dependencies.sh: $1" >&2; shift; printf '%s\n' "$@" >&2; exit 1; }

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# Debian lets only one Boost's headers be installed; which one is the user's to decide.
refuse_other_boost() {
  local other
  other=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' 'libboost1.*-dev' 2>/dev/null |
    sed -n 's/^installed //p' | grep -vx libboost1.81-dev || true)
  [ -z "$other" ] || fail \
    "$other is installed; Debian allows one Boost at a time, and this project needs 1.81." \
    "To put 1.81 in its place (apt lists what else goes with it, and asks):" \
    "  ${sudo:+sudo }apt-get install $*"
}

packages=("${build_packages[@]}" "${test_packages[@]}")
for argument in "$@"; do
  case $argument in
    --build-only) packages=("${build_packages[@]}") ;;
    --help | -h) usage; exit 0 ;;
    *)
      echo "install_dependencies.sh: unknown argument '$argument'" >&2
      usage >&2
      exit 2
      ;;
  esac
done

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  fail "there is no apt here. Install what these Debian 12 packages hold, then build with cmake:" \
    "  ${packages[*]}"
fi
missing=()
for package in "${packages[@]}"; do
  is_installed "$package" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "All ${#packages[@]} packages are installed."
  exit 0
fi

sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
case " ${missing[*]} " in *boost*) refuse_other_boost "${missing[@]}" ;; esac
as_root=(env DEBIAN_FRONTEND=noninteractive)
if [ -n "$sudo" ]; then
  if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
    fail "packages are missing, and installing them needs root. As root, run this first:" \
      "  apt-get update && apt-get install ${missing[*]}"
  fi
  as_root=(sudo -n "${as_root[@]}")
  echo "Using sudo for apt-get."
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
  "${as_root[@]}" apt-get -q -o DPkg::Lock::Timeout=120 -o APT::Update::Error-Mode=any "$@" \
    >"$log" 2>&1 </dev/null || { grep '^[EW]:' "$log" | head -n 5 >&2; return 1; }
}

echo "Fetching the lists of packages ..."
apt update || echo "Some lists could not be fetched (above); going on with those that are here." >&2
echo "Installing ${missing[*]} ..."
apt install -y --no-install-recommends "${missing[@]}" ||
  fail "apt-get install failed (above). Needed are these packages of Debian 12:" "  ${missing[*]}"
echo "Installed."
