#!/usr/bin/env python3
"""The table of the variants that ablation.sh has trained in this folder: ablation.py NAME..."""

import json
import pathlib
import sys


def percent(result, name, digits=1):
    low, high = result[name + "_interval"]
    return f"{result[name]:.{digits}%} ({100 * low:.{digits}f}-{100 * high:.{digits}f})".replace("%", " %")


def row(name):
    what = pathlib.Path(f"{name}.what").read_text(encoding="utf-8").strip()
    result = json.loads(pathlib.Path(f"{name}.json").read_text(encoding="utf-8"))
    events = [json.loads(line) for line in open(f"{name}/events.jsonl", encoding="utf-8")]
    parameters = f"{events[0]['parameters'] / 1e6:.2f}"
    if not result:
        return f"| {what} | {parameters} | | | diverged | | | |"
    checkpoint = max(pathlib.Path(name).glob("checkpoints/step-*"), key=lambda path: int(path.name[len("step-"):]))
    state = json.loads((checkpoint / "state.json").read_text(encoding="utf-8"))
    return (f"| {what} | {parameters} | {state['lines_seen'] / 1000:,.0f} | {float(state['seconds_trained']):,.0f} "
            f"| {percent(result, 'sentence_accuracy')} | {percent(result, 'errors_fixed_share')} "
            f"| {percent(result, 'good_words_broken_share', 2)} | {result['loss']:.4f} |")


def main():
    names = sys.argv[1:]
    if not names:
        sys.exit("ablation.py: name the variants")
    print("| | parameters, millions | lines seen, thousands | seconds by the clock | exact lines | wrong words mended "
          "| right words broken | validation loss |")
    print("|---|---|---|---|---|---|---|---|")
    for name in names:
        print(row(name))
    nothing = json.loads(pathlib.Path(f"{names[0]}.json").read_text(encoding="utf-8"))
    print(f"| do nothing, {nothing['lines']:,} lines | | | | {percent(nothing, 'do_nothing_sentence_accuracy')} "
          "| 0 | 0 | |")


if __name__ == "__main__":
    main()
