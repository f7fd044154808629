#!/usr/bin/env python3
"""How many lines come out exact as a training goes on: every kept checkpoint of runs, measured and plotted.

    learning_curve.py FOLDER RUN... [--lines N] [--data DIR] [--processors N] [--plot FILE.svg]   the plot needs matplotlib

Train with `--checkpoint-every 10m --keep-every 10m`, or the checkpoints are gone. All are measured on the first N
validation lines of the data, which are a random sample of them, with the original's mistakes, whatever the training
had; greedy decoding. FOLDER keeps the lines and what `seq2seq evaluate` said of each checkpoint: started again, also
while a run goes on, only new ones are measured. FOLDER/RUN.tsv has the curve. SEQ2SEQ names another program than
build/bin/seq2seq.
"""

import argparse
import importlib.util
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

PROJECT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("SEQ2SEQ", str(PROJECT / "build/bin/seq2seq"))
# What the original's author wrote of his four epochs, of 32,453 batches of 128 lines.
AUTHOR = [(epoch * 32453 * 128, exact) for epoch, exact in ((1, 53.8), (2, 64.5), (3, 69.0), (4, 71.6))]
# Bars to pass: seconds of training, exact lines in percent.
BARS = ((20 * 60, 75), (2 * 3600, 85), (12 * 3600, 90))
COLUMNS = ("step", "lines_seen", "seconds", "exact", "exact_low", "exact_high", "do_nothing", "errors_fixed",
           "errors_fixed_low", "errors_fixed_high", "good_words_broken", "good_words_broken_low",
           "good_words_broken_high", "loss")


def setting(run, name):
    config = run / "config.ini"
    if not config.exists():
        sys.exit(f"{run}: is no run: it has no config.ini")
    for line in config.read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(" = ")
        if key == name:
            return value
    sys.exit(f"{config} does not say its {name}")


def write_whole(path, text):
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def output_of(command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def make_pairs(options):
    """The lines that all are measured on: made once."""
    pairs = options.folder / "pairs.tsv"
    data = options.data or pathlib.Path(setting(options.runs[0], "data"))
    asked = {"lines": options.lines, "noise": options.noise, "precision": options.precision,
             "data": str(data.resolve())}
    settings = options.folder / "settings.json"
    if pairs.exists() and settings.exists():
        made = json.loads(settings.read_text(encoding="utf-8"))
        for name, value in made.items():
            if asked[name] != value:
                sys.exit(f"{options.folder} was made with --{name} {value}: use another folder for {asked[name]}")
        return pairs
    write_whole(settings, json.dumps(asked) + "\n")
    command = [PROGRAM, "noise", "--data", data, "--noise", options.noise, "--pairs", "--lines", str(options.lines),
               data / "validation.txt"]
    write_whole(pairs, output_of(command))
    return pairs


def evaluate(options, pairs, folder):
    """What evaluate says of a checkpoint, or None if it was pruned meanwhile."""
    try:
        files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
        digest = next(file["sha256"] for file in files if file["name"] == "model.safetensors")
        state = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        answer = options.folder / f"{folder.name}-{digest[:16]}.json"
        if not answer.exists():
            # A copy, for a training that goes on may remove this checkpoint.
            with tempfile.TemporaryDirectory() as model:
                shutil.copy(folder / "model.safetensors", model)
                command = [PROGRAM, "evaluate", "--run", model, "--pairs", pairs, "--json", "--precision",
                           options.precision, "--threads", str(options.threads)]
                write_whole(answer, output_of(command))
    except FileNotFoundError:
        return None
    return state, json.loads(answer.read_text(encoding="utf-8"))


def percent(result, name):
    """The share and its interval; nan where there was nothing to count."""
    return [math.nan if share is None else 100 * share for share in (result[name], *result[name + "_interval"])]


def row(state, result, processors):
    seconds = float(state["cpu_seconds"]) / processors if processors else float(state["seconds_trained"])
    return (state["step"], state["lines_seen"], seconds, *percent(result, "sentence_accuracy"),
            100 * result["do_nothing_sentence_accuracy"], *percent(result, "errors_fixed_share"),
            *percent(result, "good_words_broken_share"), result["loss"])


def curve(options, pairs, run):
    """Rows of COLUMNS, in the order of their steps; also in FOLDER/RUN.tsv."""
    rows = []
    whole = [folder for folder in run.glob("checkpoints/step-*") if folder.name.removeprefix("step-").isdigit()]
    for folder in sorted(whole, key=lambda path: int(path.name.removeprefix("step-"))):
        found = evaluate(options, pairs, folder)
        if found:
            rows.append(row(*found, options.processors))
    text = "".join("\t".join(f"{value:.6g}" if isinstance(value, float) else str(value) for value in values) + "\n"
                   for values in (COLUMNS, *rows))
    write_whole(options.folder / f"{run.name}.tsv", text)
    print(f"{run.name}\n{text}")
    return rows


def plot(curves, path):
    import matplotlib
    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "favras", "font.size": 9,
                         "axes.spines.top": False, "axes.spines.right": False})
    figure, (over_lines, over_time) = plt.subplots(1, 2, figsize=(9, 4), sharey=True, layout="constrained")
    # Colours of Okabe and Ito, which colour-blind people can tell apart; markers for print.
    styles = zip(("#0072B2", "#D55E00", "#009E73", "#CC79A7"), "os^v")
    for (name, rows), (colour, marker) in zip(curves.items(), styles):
        for axis, unit, where in ((over_lines, 1e6, 1), (over_time, 3600, 2)):
            x = [values[where] / unit for values in rows]
            axis.fill_between(x, [values[4] for values in rows], [values[5] for values in rows], color=colour,
                              alpha=0.2, linewidth=0)
            axis.plot(x, [values[3] for values in rows], color=colour, marker=marker, markersize=3, linewidth=1.2,
                      label=name)
    over_lines.plot([lines / 1e6 for lines, _ in AUTHOR], [exact for _, exact in AUTHOR], "D", color="black",
                    markersize=4, label="the original's author, 2017,\nother text and mistakes")
    for seconds, exact in BARS:
        over_time.plot(seconds / 3600, exact, "_", color="black", markersize=14)
        over_time.annotate(f"{exact} %", (seconds / 3600, exact), xytext=(0, -4), textcoords="offset points",
                           ha="center", va="top")
    nothing = next(iter(curves.values()))[0][6]
    for axis in (over_lines, over_time):
        axis.axhline(nothing, color="#777777", linewidth=0.8, linestyle=(0, (4, 3)))
        axis.set_xscale("log")
        axis.xaxis.set_major_formatter("{x:g}")
        axis.grid(axis="y", color="#dddddd", linewidth=0.6)
    over_lines.annotate("do nothing", (0.01, nothing), xycoords=("axes fraction", "data"), xytext=(0, 2),
                        textcoords="offset points", color="#555555")
    over_lines.set_ylim(0, 100)
    over_lines.set_ylabel("exact lines, %; shaded: 95 % intervals")
    over_lines.set_xlabel("training lines seen, millions (log)")
    over_time.set_xlabel("hours of training (log); marks: the bars to pass")
    over_lines.legend(frameon=False, loc="lower right")
    figure.savefig(path, metadata={"Date": None, "Title": "Exact lines over training"})


def parse_options():
    about = __doc__.split("\n\n")
    parser = argparse.ArgumentParser(description=about[0], epilog=about[2],
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, metavar="FOLDER", help="for what is measured")
    parser.add_argument("runs", type=pathlib.Path, nargs="+", metavar="RUN", help="a run directory")
    parser.add_argument("--lines", type=int, default=2000, help="validation lines to correct (%(default)s)")
    parser.add_argument("--data", type=pathlib.Path, help="default: that of the first run")
    parser.add_argument("--noise", default="uniform=1", help="mistakes in the lines (%(default)s)")
    parser.add_argument("--precision", default="fp32", help="of evaluate")
    parser.add_argument("--threads", type=int, default=0, help="of evaluate")
    parser.add_argument("--processors", type=int, default=0, metavar="N",
                        help="time is processor time divided by N, as if the training had had N to itself; 0: the "
                             "clock's")
    parser.add_argument("--plot", type=pathlib.Path, metavar="FILE.svg", help="draw all curves; needs matplotlib")
    options = parser.parse_args()
    if options.plot and not importlib.util.find_spec("matplotlib"):
        parser.error("--plot needs matplotlib: python3 -m venv venv && venv/bin/pip install matplotlib, and "
                     "venv/bin/python in place of python3")
    if not shutil.which(PROGRAM):
        parser.error(f"{PROGRAM} is not built: run scripts/quickstart.sh")
    names = [run.name for run in options.runs]
    if len(set(names)) < len(names):
        parser.error("runs need different names: " + ", ".join(names))
    for run in options.runs:
        if not (run / "checkpoints").is_dir():
            parser.error(f"{run}: has no checkpoints")
    return options


def main():
    options = parse_options()
    options.folder.mkdir(parents=True, exist_ok=True)
    pairs = make_pairs(options)
    curves = {run.name: curve(options, pairs, run) for run in options.runs}
    if options.plot:
        plot({name: rows for name, rows in curves.items() if rows}, options.plot)


if __name__ == "__main__":
    main()
