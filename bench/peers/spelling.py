#!/usr/bin/env python3
"""Corrects the noisy side of pairs with aspell, hunspell and a trained model, and has seq2seq measure each.

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
        command = [options.program, "correct", "--run", options.run, "--beam", str(options.beam)]
        command += ["--keep-unless", threshold]
        yield f"favras, --keep-unless {threshold}", *correct_with_model(command, lines), ""


def measure(program, pairs, corrected, folder):
    """What `seq2seq evaluate` says of these lines as corrections of the pairs."""
    pairs_file, lines_file = folder / "pairs.tsv", folder / "corrected.txt"
    pairs_file.write_text("".join(f"{noisy}\t{clean}\n" for noisy, clean in pairs))
    lines_file.write_text("".join(f"{line}\n" for line in corrected))
    command = [program, "evaluate", "--pairs", pairs_file, "--corrected", lines_file, "--json"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--peers", required=True, help="where aspell and hunspell are unpacked")
    parser.add_argument("--run", required=True)
    parser.add_argument("--pairs", required=True)
    parser.add_argument("--lines", type=int)
    parser.add_argument("--keep-unless", default="0")
    parser.add_argument("--beam", type=int, default=1)
    return parser.parse_args()


def main():
    options = parse_options()
    rows = pathlib.Path(options.pairs).read_text().removesuffix("\n").split("\n")
    pairs = [tuple(row.split("\t")) for row in rows[: options.lines]]
    if not pairs or any(len(pair) != 2 for pair in pairs):
        sys.exit(f"{options.pairs}: needs noisy<TAB>clean lines")
    lines = [noisy for noisy, _ in pairs]
    print(f"{len(pairs)} pairs of {options.pairs}, model of {options.run}\n")
    print("| | errors fixed | good words broken | lines exact | lines/s |")
    print("|---|---|---|---|---|")
    versions = set()
    with tempfile.TemporaryDirectory() as folder:
        for name, corrected, seconds, version in contenders(options, lines):
            found = measure(options.program, pairs, corrected, pathlib.Path(folder))
            speed = f"{len(lines) / seconds:,.0f}" if seconds else ""
            print(
                f"| {name} | {found['errors_fixed_share']:.1%} of {found['errors']} "
                f"| {found['good_words_broken_share']:.2%} of {found['good_words']} "
                f"| {found['sentence_accuracy']:.1%} | {speed} |",
                flush=True,
            )
            versions.add(version)
    print("\n" + "\n".join(version for version in sorted(versions) if version))


if __name__ == "__main__":
    main()
