#!/usr/bin/env python3
"""What scripts/bench.sh runs once all is built: the parts that were asked for, one table, one file."""

import argparse
import datetime
import json
import os
import platform
import re
import shlex
import subprocess
import sys
import tempfile

import results
from contenders import Contender, take_turns

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PARTS = ("kernels", "training", "peers", "correct")

# One at a time, about a shape that is cheap enough for two cores; the reference workload comes first.
BASE = {"rnn-size": 256, "batch": 64, "source": 30, "target": 30, "num-layers": 2, "vocabulary": 80}
GRID = {"rnn-size": (64, 128, 512), "batch": (16, 128), "source": (15, 60), "num-layers": (1, 3),
        "vocabulary": (1000,)}


def field(file, name):
    with open(file, encoding="utf-8") as lines:
        return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(name)), "unknown")


def describe_machine():
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True,
                            check=False).stdout.strip()
    return {"cpu": field("/proc/cpuinfo", "model name"), "cores": len(os.sched_getaffinity(0)),
            "memory": field("/proc/meminfo", "MemTotal"), "system": platform.platform(),
            "date": datetime.date.today().isoformat(), "commit": commit or "unknown",
            "command": "bench/run.py " + " ".join(sys.argv[1:])}


def kernels(options, machine):
    """kernels_bench, its repetitions of all kernels shuffled. Its ceilings go to the machine's facts."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        subprocess.run([f"{options.build}/bin/kernels_bench", f"--benchmark_out={file.name}",
                        f"--benchmark_repetitions={options.rounds if options.quick else 5}",
                        "--benchmark_enable_random_interleaving=true", f"--benchmark_filter={options.filter}"],
                       check=True, stdout=subprocess.DEVNULL)
        with open(file.name, encoding="utf-8") as text:
            found = json.load(text)
    machine.update({name: value for name, value in found["context"].items()
                    if name.startswith("ceiling") or name in ("compiler", "oneDNN", "threads", "card")})
    rows = {}
    for run in found["benchmarks"]:
        name = re.sub(r"/iterations:.*", "", run["run_name"])
        row = rows.setdefault(name, {"part": "kernels", "name": name, "seconds": []})
        if run["run_type"] == "iteration":
            row["seconds"].append(run["real_time"] * 1e-6)
        if run.get("aggregate_name", "median") == "median":
            row.update({key: run[key] for key in ("bytes", "operations", "of_copy", "of_product") if key in run})
    return [rows[name] for name in sorted(rows)]


def step_command(options, precision, **shape):
    words = [f"{options.build}/bin/training_step --json --precision {precision}",
             "--steps 2 --warmup 1" if options.quick else "--steps 3 --warmup 1"]
    return " ".join(words + [f"--{name} {value}" for name, value in shape.items()])


def name_of(shape):
    return " ".join(f"{name} {value}" for name, value in shape.items())


def training(options, machine):
    contenders = [Contender(f"{precision}, reference workload", step_command(options, precision))
                  for precision in options.precisions]
    shapes = [BASE] + [dict(BASE, **{axis: value}) for axis, values in GRID.items() for value in values]
    for precision in options.precisions:
        for shape in shapes[:1] if options.quick else shapes:
            changed = {axis: value for axis, value in shape.items() if value != BASE[axis]}
            contenders.append(Contender(f"{precision}, {name_of(changed or shape)}",
                                        step_command(options, precision, **shape)))
        if not options.quick and machine["cores"] > 1:
            contenders.append(Contender(f"{precision}, threads 1", step_command(options, precision, threads=1, **BASE)))
    return take_turns("training", contenders, options.rounds)


def peers(options, machine):
    """The reference workload in PyTorch and TensorFlow, and its LSTM layers alone in oneDNN, in every setting that
    might be their best."""
    del machine
    contenders = []
    steps = "--steps 2 --warmup 1" if options.quick else "--steps 3 --warmup 2"
    torch = options.torch and f"{shlex.quote(options.torch)} bench/peers/pytorch_training_step.py --json {steps}"
    tensorflow = options.tensorflow and f"{shlex.quote(options.tensorflow)} bench/peers/tensorflow_training_step.py --json {steps}"
    for precision in options.precisions:
        ours = f"favras {precision}"
        contenders.append(Contender(ours, step_command(options, precision)))
        for mode in ("--mode padded", "--mode packed", "--mode padded --compile") if torch else ():
            name = "PyTorch " + mode.removeprefix("--mode ").replace(" --", ", ")
            contenders.append(Contender(f"{name} {precision}", f"{torch} {mode} --precision {precision}", ours))
        for mode in ("", " --xla") if tensorflow else ():
            contenders.append(Contender(f"TensorFlow{mode.replace(' --', ', ')} {precision}",
                                        f"{tensorflow}{mode} --precision {precision}", ours))
        for by in ("favras", "oneDNN"):
            contenders.append(Contender(
                f"LSTM layers alone, {by} {precision}",
                f"{options.build}/bin/lstm_layers --by {by.lower()} --precision {precision} --steps 2",
                None if by == "favras" else f"LSTM layers alone, favras {precision}"))
    return take_turns("peers", contenders, options.rounds)


def correct(options, machine):
    """Lines a second of a network of the reference size that has learnt to sort letters a little."""
    del machine
    seq2seq = f"{options.build}/bin/seq2seq"
    with tempfile.TemporaryDirectory() as folder:
        data, run = shlex.quote(f"{folder}/data"), shlex.quote(f"{folder}/run")
        for command in (f"{seq2seq} prepare --task sort --output {data}",
                        f"{seq2seq} train --data {data} --run {run} --rnn-size 512 --num-layers 2 --epochs 1"
                        " --encoding-embedding-size 512 --decoding-embedding-size 512"):
            subprocess.run(shlex.split(command), check=True, stdout=subprocess.DEVNULL)
        contenders = [Contender(f"letters sorted, beam {beam}",
                                f"{shlex.quote(sys.executable)} bench/correct_speed.py {seq2seq} {run} {data} {beam}")
                      for beam in (1, 5)]
        return take_turns("correct", contenders, options.rounds)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__)
    for part in PARTS:
        parser.add_argument(f"--{part}", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--filter", default=".", help="kernels: a regular expression")
    parser.add_argument("--precisions", type=lambda text: text.split(","), default=["fp32", "bf16"])
    parser.add_argument("--build", default="build")
    parser.add_argument("--torch", help="a Python with PyTorch")
    parser.add_argument("--tensorflow", help="a Python with TensorFlow")
    parser.add_argument("--out", required=True)
    parser.add_argument("--against")
    return parser.parse_args()


def main():
    options = parse_options()
    os.chdir(ROOT)
    try:
        old = results.load(options.against) if options.against else None
    except ValueError as error:
        sys.exit(f"bench.sh: --against {error}")
    machine = describe_machine()
    asked = [part for part in PARTS if getattr(options, part)] or PARTS
    found = results.Results(machine, [])
    for part in asked:
        found.rows += globals()[part](options, machine)
        machine.update({row.pop("system").split(" ")[0]: version for row in found.rows if "system" in row
                        for version in [row["system"].split(" ")[1]]})
        found.save(options.out)
    print("\n".join(f"{name}: {value}" for name, value in machine.items()))
    print("\n" + results.shown(found))
    if old:
        print(f"\nAgainst {options.against} of {old.machine.get('date')}, commit {old.machine.get('commit')}:\n")
        print(results.compared(found, old))
    print(f"\nWrote {options.out}")


if __name__ == "__main__":
    main()
