#!/usr/bin/env python3
"""Seconds that `seq2seq correct` takes for the first 1,000 lines of validation data, the whole process.

    correct_speed.py SEQ2SEQ RUN DATA BEAM
"""

import json
import subprocess
import sys
import time

LINES = 1000


def main():
    seq2seq, run, data, beam = sys.argv[1:]
    with open(f"{data}/validation.tsv", encoding="utf-8") as file:
        lines = [line.split("\t")[0] for line in file][:LINES]
    start = time.perf_counter()
    subprocess.run([seq2seq, "correct", "--run", run, "--beam", beam], input="".join(f"{line}\n" for line in lines),
                   text=True, stdout=subprocess.DEVNULL, check=True)
    print(json.dumps({"seconds_median": time.perf_counter() - start, "lines": len(lines)}))


if __name__ == "__main__":
    main()
