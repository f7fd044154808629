#!/usr/bin/env python3
"""Corrects the noisy side of pairs with aspell, hunspell and a trained model, and has seq2seq measure each.

The figures are of every second pair. The others are for choosing the model's threshold: the one with which it fixes
most of their errors while it breaks no more of their good words than a spell checker does.

Both spell checkers speak ispell's pipe protocol: a line in; for every word that is not in their lists a line
"& WORD COUNT OFFSET: FIRST, SECOND, ..." or, without suggestions, "# WORD OFFSET"; then an empty line. The first
suggestion replaces the word, as a program without a reader to ask would do it.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time


def replace_unknown_words(line, answers):
    """The line with the first suggestion in place of each word that has one; offsets count the ^ before it."""
    corrected, done = "", 0
    for answer in answers:
        if not answer.startswith("&"):
            continue
        head, suggestions = answer.split(": ", 1)
        _, word, _, offset = head.split(" ")
        begin = line.find(word, max(done, int(offset) - 1))
        if begin < 0:
            sys.exit(f"the speller names '{word}', which is not in: {line}")
        corrected += line[done:begin] + suggestions.split(", ")[0]
        done = begin + len(word)
    return corrected + line[done:]


def correct_with_ispell_pipe(command, lines):
    """Corrected lines, seconds and the version that the program gives itself."""
    start = time.perf_counter()
    # ! asks for silence about known words, ^ makes a line text whatever it begins with.
    text = "!\n" + "".join(f"^{line}\n" for line in lines)
    output = subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout
    version, *answers = output.split("\n")
    corrected, block = [], []
    for answer in answers:
        if answer:
            block.append(answer)
        elif len(corrected) < len(lines):
            corrected.append(replace_unknown_words(lines[len(corrected)], block))
            block = []
    if len(corrected) != len(lines):
        sys.exit(f"{command[0]} answered {len(corrected)} lines of {len(lines)}")
    return corrected, time.perf_counter() - start, version.removeprefix("@(#) ")


def correct_with_model(command, lines):
    start = time.perf_counter()
    text = "".join(f"{line}\n" for line in lines)
    output = subprocess.run(command, input=text, check=True, stdout=subprocess.PIPE, text=True).stdout
    return output.split("\n")[:-1], time.perf_counter() - start


def contenders(options, lines):
    """Name, corrected lines, seconds, what it says of its version: one at a time."""
    yield "leave as it is", lines, None, ""
    root = options.peers
    lists = [f"--data-dir={root}/lists", f"--local-data-dir={root}/lists", f"--dict-dir={root}/lists"]
    for mode in ("normal", "bad-spellers"):
        command = [f"{root}/usr/bin/aspell", "-a", "--per-conf=/dev/null", "--encoding=utf-8", "-d", "en"]
        command += [f"--sug-mode={mode}", *lists]
        yield f"aspell, {mode}", *correct_with_ispell_pipe(command, lines)
    command = [f"{root}/usr/bin/hunspell", "-a", "-i", "UTF-8", "-d", f"{root}/usr/share/hunspell/en_US"]
    yield "hunspell, en_US", *correct_with_ispell_pipe(command, lines)
    for threshold in options.keep_unless.split(","):
        command = [*options.correct, "--keep-unless", threshold]
        yield f"favras, `--keep-unless {threshold}`", *correct_with_model(command, lines), ""


def measure(program, pairs, corrected, folder):
    """What `seq2seq evaluate` says of these lines as corrections of the pairs."""
    pairs_file, lines_file = folder / "pairs.tsv", folder / "corrected.txt"
    pairs_file.write_text("".join(f"{noisy}\t{clean}\n" for noisy, clean in pairs))
    lines_file.write_text("".join(f"{line}\n" for line in corrected))
    command = [program, "evaluate", "--pairs", pairs_file, "--corrected", lines_file, "--json"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def shares(found):
    """The cells of one row, with 95 % intervals."""
    def with_interval(name, digits):
        low, high = found[name + "_interval"]
        return f"{100 * found[name]:.{digits}f} % ({100 * low:.{digits}f}-{100 * high:.{digits}f})"

    return (f"{with_interval('errors_fixed_share', 1)} of {found['errors']:,} "
            f"| {with_interval('good_words_broken_share', 2)} of {found['good_words']:,} "
            f"| {100 * found['sentence_accuracy']:.1f} %")


def print_choices(choosing, figures):
    """For each spell checker, the threshold that the half for choosing chooses."""
    models = [name for name in choosing if name.startswith("favras")]
    for peer in [name for name in choosing if name not in models][1:]:
        limit = choosing[peer]["good_words_broken_share"]
        allowed = [name for name in models if choosing[name]["good_words_broken_share"] <= limit]
        print(f"\nno more good words broken than by {peer} ({limit:.2%} of the half for choosing): ", end="")
        if allowed:
            chosen = max(allowed, key=lambda name: choosing[name]["errors_fixed_share"])
            print(f"{chosen}\n| {chosen} | {shares(figures[chosen])} |\n| {peer} | {shares(figures[peer])} |")
        else:
            print("with none of the thresholds")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", required=True, type=pathlib.Path, help="where aspell and hunspell are unpacked")
    parser.add_argument("--pairs", required=True, type=pathlib.Path)
    parser.add_argument("--lines", type=int)
    parser.add_argument("--keep-unless", required=True)
    parser.add_argument("--correct", nargs=argparse.REMAINDER, required=True, help="the program's command; comes last")
    return parser.parse_args()


def main():
    options = parse_options()
    rows = options.pairs.read_text().removesuffix("\n").split("\n")
    pairs = [tuple(row.split("\t")) for row in rows[: options.lines]]
    if len(pairs) < 2 or any(len(pair) != 2 for pair in pairs):
        sys.exit(f"{options.pairs}: needs two noisy<TAB>clean lines or more")
    lines = [noisy for noisy, _ in pairs]
    print(f"figures: {len(pairs) // 2:,} pairs; for choosing: {len(pairs) - len(pairs) // 2:,}")
    print(f"{' '.join(options.correct)}\n")
    print("| | errors fixed | good words broken | lines exact | lines/s |")
    print("|---|---|---|---|---|")
    choosing, figures, versions = {}, {}, set()
    with tempfile.TemporaryDirectory() as folder:
        for name, corrected, seconds, version in contenders(options, lines):
            for half, found in ((0, choosing), (1, figures)):
                found[name] = measure(options.correct[0], pairs[half::2], corrected[half::2], pathlib.Path(folder))
            speed = f"{len(lines) / seconds:,.0f}" if seconds else ""
            print(f"| {name} | {shares(figures[name])} | {speed} |", flush=True)
            versions.add(version)
    print_choices(choosing, figures)
    print("\n" + "\n".join(version for version in sorted(versions) if version))


if __name__ == "__main__":
    main()
