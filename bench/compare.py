#!/usr/bin/env python3
"""Runs benchmarks in turn, A B A B ..., and prints the median of each and the ratios round by round.

    compare.py --rounds 3 NAME='COMMAND' NAME='COMMAND' ...

Each command prints a JSON object with `seconds_median` (others of its lines are ignored). On a shared machine
the ratios of one round mean more than the seconds: the commands of a round saw the same neighbours.
"""

import argparse
import json
import shlex
import statistics
import subprocess
import sys


def measure(command):
    output = subprocess.run(shlex.split(command), check=True, capture_output=True, text=True).stdout
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            return json.loads(line)["seconds_median"]
    sys.exit(f"no JSON object in the output of: {command}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("contenders", nargs="+", metavar="NAME=COMMAND")
    options = parser.parse_args()
    contenders = dict(contender.split("=", 1) for contender in options.contenders)

    seconds = {name: [] for name in contenders}
    for round_number in range(options.rounds):
        for name, command in contenders.items():
            seconds[name].append(measure(command))
            print(f"round {round_number + 1}  {name}: {seconds[name][-1]:.3f} s", file=sys.stderr, flush=True)

    first = next(iter(contenders))
    print(f"| | seconds, median of {options.rounds} | times {first}, lowest .. median .. highest |")
    print("|---|---|---|")
    for name, values in seconds.items():
        ratios = sorted(value / base for value, base in zip(values, seconds[first]))
        spread = f"{ratios[0]:.2f} .. {statistics.median(ratios):.2f} .. {ratios[-1]:.2f}"
        print(f"| {name} | {statistics.median(values):.3f} | {spread} |")


if __name__ == "__main__":
    main()
