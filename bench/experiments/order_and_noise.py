#!/usr/bin/env python3
"""Tables and plot of the runs that order_and_noise.sh made.

    order_and_noise.py FOLDER [--plot FILE.svg]      the plot needs matplotlib

Losses are the last ones of events.jsonl (training: the mean since the log line before it; validation: of at most 2,048
lines), exact lines those of evaluate, over all validation lines.
"""

import argparse
import json
import math
import pathlib
import statistics

# Runs that differ in the order of lines or in the initial weights, first with fresh mistakes, then with frozen ones.
PANELS = {
    "36,412 lines, 12 epochs": (["order-1", "order-2", "order-3", "weights-2", "weights-3"],
                                ["frozen-1", "frozen-2", "frozen-3", "frozen-weights-2", "frozen-weights-3"]),
    "9,457 lines, 48 epochs": (["few-1", "few-2", "few-3"], ["few-frozen-1", "few-frozen-2", "few-frozen-3"]),
}
# Colours of Okabe and Ito, which colour-blind people can tell apart; dashes for print.
STYLES = (("fresh in every epoch", "#0072B2", "solid"), ("frozen", "#D55E00", (0, (5, 2))))
STUDENT_95 = {2: 4.303, 4: 2.776}  # by degrees of freedom


class Run:
    def __init__(self, folder, name):
        self.name = name
        events = [json.loads(line) for line in open(folder / name / "events.jsonl", encoding="utf-8")]
        self.curve = [event for event in events if event["event"] == "progress"]
        self.result = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        self.training_loss = self.curve[-1]["loss"]
        self.validation_loss = self.curve[-1]["validation_loss"]

    def gap(self):
        return self.validation_loss - self.training_loss

    def exact(self):
        return self.result["sentence_accuracy"]


def percent(result, name):
    low, high = result[name + "_interval"]
    return f"{100 * result[name]:.1f} % ({100 * low:.1f}-{100 * high:.1f})"


def print_runs(runs):
    result = runs[0].result
    nothing = percent(result, "do_nothing_sentence_accuracy")
    print(f"doing nothing: {nothing} of {result['lines']} lines")
    print("| run | training loss | validation loss | gap | exact lines (95 % interval) |")
    print("|---|---|---|---|---|")
    for run in runs:
        exact = percent(run.result, "sentence_accuracy")
        print(f"| {run.name} | {run.training_loss:.3f} | {run.validation_loss:.3f} | {run.gap():.3f} | {exact} |")


def print_spread(name, runs):
    losses = [run.validation_loss for run in runs]
    exact = [100 * run.exact() for run in runs]
    print(f"{name}: validation loss {statistics.mean(losses):.4f}, deviation {statistics.stdev(losses):.4f}, "
          f"range {max(losses) - min(losses):.4f}; exact {statistics.mean(exact):.2f} %, "
          f"deviation {statistics.stdev(exact):.2f}, range {max(exact) - min(exact):.2f}")


def print_differences(pairs):
    """Frozen minus fresh: the mean over pairs of runs that differ in that alone, and its 95 % interval (Student)."""
    for what, value, unit in (("training loss", lambda run: run.training_loss, 1),
                              ("validation loss", lambda run: run.validation_loss, 1), ("gap", Run.gap, 1),
                              ("exact, points", Run.exact, 100)):
        differences = [unit * (value(frozen) - value(fresh)) for fresh, frozen in pairs]
        half = STUDENT_95[len(differences) - 1] * statistics.stdev(differences) / math.sqrt(len(differences))
        print(f"frozen - fresh, {what}: {statistics.mean(differences):+.3f} +- {half:.3f} "
              f"({', '.join(f'{difference:+.3f}' for difference in differences)})")


def plot(runs, path):
    import matplotlib
    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "favras", "font.size": 9,
                         "axes.spines.top": False, "axes.spines.right": False})
    figure, axes = plt.subplots(1, 2, figsize=(9, 4), sharey=True, layout="constrained")
    for axis, (title, kinds) in zip(axes, PANELS.items()):
        for names, (label, colour, dashes) in zip(kinds, STYLES):
            for name in names:
                curve = runs[name].curve
                lines = [event["lines_seen"] / 1000 for event in curve]
                for loss, width in (("validation_loss", 1.4), ("loss", 0.5)):
                    axis.plot(lines, [event[loss] for event in curve], color=colour, linestyle=dashes, linewidth=width,
                              label=label if name == names[0] and loss == "validation_loss" else None)
        axis.set_title(title, fontsize=9)
        axis.set_xlabel("training lines seen, thousands")
        axis.set_yscale("log")
        axis.set_yticks([0.1, 0.2, 0.3, 0.5, 1, 2])
        axis.yaxis.set_major_formatter("{x:g}")
        axis.minorticks_off()
        axis.grid(axis="y", color="#dddddd", linewidth=0.6)
        axis.legend(frameon=False, title="typing mistakes", alignment="left", loc="upper right")
        axis.text(0.02, 0.03, "thick: validation loss, thin: training loss", transform=axis.transAxes)
    axes[0].set_ylabel("loss per character (log)")
    figure.savefig(path, metadata={"Date": None, "Title": "Loss with fresh and with frozen typing mistakes"})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--plot", type=pathlib.Path)
    options = parser.parse_args()
    runs = {name: Run(options.folder, name) for kinds in PANELS.values() for names in kinds for name in names}
    for title, kinds in PANELS.items():
        print(f"\n{title}")
        print_runs([runs[name] for names in kinds for name in names])
        print_differences([(runs[fresh], runs[frozen]) for fresh, frozen in zip(*kinds)])
    print("\nspread")
    print_spread("three orders", [runs[f"order-{seed}"] for seed in (1, 2, 3)])
    print_spread("three initial weights", [runs[name] for name in ("order-1", "weights-2", "weights-3")])
    if options.plot:
        plot(runs, options.plot)


if __name__ == "__main__":
    main()
