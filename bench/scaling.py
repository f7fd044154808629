#!/usr/bin/env python3
"""Seconds and memory of a training step as one size grows, beside what its floating-point operations predict.

    scaling.py --build build --out docs/results/scaling.json --plot docs/results/scaling.svg      (needs matplotlib)

Every point is measured in turn, in as many rounds; medians are drawn. The line is the number of operations at the rate
that the base shape reaches: a point above it is less efficient than the base.
"""

import argparse
import os
import statistics

import results
from contenders import Contender, take_turns

BASE = {"rnn-size": 256, "batch": 64, "source": 30, "target": 30, "vocabulary": 80, "threads": 0}
AXES = {
    "rnn-size": ("hidden size", (64, 128, 256, 512)),
    "batch": ("batch", (16, 32, 64, 128)),
    "source": ("characters", (15, 30, 60)),
    "vocabulary": ("vocabulary", (80, 800, 4000)),
    "threads": ("threads", ()),
}


def points(threads):
    """(axis, value, shape)"""
    for axis, (_, values) in AXES.items():
        for value in values or range(1, threads + 1):
            shape = dict(BASE, threads=threads)
            shape[axis] = value
            shape["target"] = shape["source"]
            yield axis, value, shape


def measure(options, threads):
    found = []
    for axis, value, shape in points(threads):
        words = " ".join(f"--{name} {size}" for name, size in shape.items())
        command = (f"{options.build}/bin/training_step --json --steps 3 --warmup 1 --precision {options.precision} "
                   f"{words}")
        found.append((axis, value, Contender(f"{axis} {value}", command)))
    rows = take_turns("scaling", [contender for _, _, contender in found], options.rounds)
    return [dict(row, axis=axis, value=value) for (axis, value, _), row in zip(found, rows)]


def plot(rows, threads, path):
    import matplotlib
    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "favras", "font.size": 9,
                         "axes.spines.top": False, "axes.spines.right": False})
    figure, axes = plt.subplots(2, len(AXES), figsize=(12, 5), layout="constrained", sharey="row")
    base = next(row for row in rows if row["axis"] == "rnn-size" and row["value"] == BASE["rnn-size"])
    rate = base["operations"] / statistics.median(base["seconds"]) / threads
    for column, (axis, (label, _)) in enumerate(AXES.items()):
        some = [row for row in rows if row["axis"] == axis and row["seconds"]]
        values = [row["value"] for row in some]
        predicted = [row["operations"] / rate / (row["value"] if axis == "threads" else threads) for row in some]
        time, memory = axes[0][column], axes[1][column]
        time.plot(values, predicted, color="#888888", linestyle=(0, (5, 2)), label="its operations")
        time.plot(values, [statistics.median(row["seconds"]) for row in some], color="#0072B2", marker="o",
                  markersize=4, label="measured")
        memory.plot(values, [row["peak_mib"] for row in some], color="#D55E00", marker="o", markersize=4)
        for panel in time, memory:
            panel.set_xscale("log", base=2)
            panel.set_yscale("log", base=2)
            panel.set_xticks(values, values)
            panel.yaxis.set_major_formatter("{x:g}")
            panel.grid(axis="y", color="#dddddd", linewidth=0.6)
        memory.set_xlabel(label)
    axes[0][0].set_ylabel("seconds a step")
    axes[1][0].set_ylabel("MiB at most")
    axes[0][0].legend(frameon=False)
    figure.savefig(path, metadata={"Date": None, "Title": "A training step as one size grows"})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", required=True)
    parser.add_argument("--plot")
    options = parser.parse_args()
    threads = len(os.sched_getaffinity(0))
    found = results.Results({"threads": threads, "precision": options.precision}, measure(options, threads))
    found.save(options.out)
    print(results.shown(found))
    if options.plot:
        plot(found.rows, threads, options.plot)


if __name__ == "__main__":
    main()
