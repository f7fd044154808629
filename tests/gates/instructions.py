"""That one training step on the CPU takes no more instructions than tests/gates/instructions.txt says, as callgrind
counts them: a guard against lost speed that needs no clock. Valgrind shows programs an AVX2 processor, whatever the
machine's own, so that the same code runs everywhere; what AVX-512 or bf16 products lose is not seen here."""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

# Between two runs on one machine the count differs by up to a hundredth.
TOLERANCE = 0.03
STEP = ("--json --threads 1 --warmup 1 --rnn-size 64 --batch 8 --source 10 --target 10"
        " --encoding-embedding-size 32 --decoding-embedding-size 32").split()
NAME = "training step, LSTM of 64 x 2, batch 8, 10 characters"
HEADER = """\
# Millions of instructions on one thread of an AVX2 processor. Written by
# `cmake --build build --target refresh_instructions` in a Release build by Debian 12's g++.
"""
SKIPPED = 77


def count(valgrind, program, steps):
    """Instructions of the whole program."""
    # Waiting as the program itself would choose it, which it starts itself anew for.
    environment = dict(os.environ, OMP_WAIT_POLICY="passive", ONEDNN_MAX_CPU_ISA="AVX2")
    ended = subprocess.run([valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", program, *STEP, "--steps",
                            str(steps)], capture_output=True, text=True, env=environment, check=False)
    found = re.search(r"Collected : (\d+)", ended.stderr)
    if ended.returncode != 0 or not found:
        sys.exit(f"{program} under valgrind: exit status {ended.returncode}\n{ended.stderr}")
    return int(found[1])


def read(table):
    """By name."""
    lines = [line for line in table.read_text().splitlines() if line and not line.startswith("#")]
    return {name: float(number) for number, name in (line.split("  ", 1) for line in lines)}


def judge(millions, allowed):
    """What is wrong, or nothing, and what to print."""
    if millions > allowed * (1 + TOLERANCE):
        return (f"{NAME}: {millions:.2f} million instructions, {millions / allowed - 1:.1%} more than the "
                f"{allowed:.2f} of tests/gates/instructions.txt. If that is as it should be: cmake --build build --target "
                "refresh_instructions")
    hint = "; refresh the table" if millions < allowed * (1 - TOLERANCE) else ""
    print(f"{NAME}: {millions:.2f} million instructions, {allowed:.2f} in the table{hint}")
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--valgrind", required=True)
    parser.add_argument("--table", type=Path, required=True)
    parser.add_argument("--refresh", action="store_true")
    parser.add_argument("program")
    options = parser.parse_args()
    if " avx2 " not in Path("/proc/cpuinfo").read_text():
        print("skipped: this processor has no AVX2 for valgrind to show")
        sys.exit(SKIPPED)
    # What the program does once, before and after its steps, is in both counts.
    millions = (count(options.valgrind, options.program, 3) - count(options.valgrind, options.program, 1)) / 2e6
    if options.refresh:
        options.table.write_text(f"{HEADER}{millions:.2f}  {NAME}\n")
        return
    allowed = read(options.table).get(NAME)
    wrong = judge(millions, allowed) if allowed else f"{options.table} lacks: {NAME}"
    if wrong:
        sys.exit(wrong)


if __name__ == "__main__":
    main()
