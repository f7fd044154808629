#!/usr/bin/env python3
"""How many of the lines that a model gets wrong could no model get right?

    seq2seq evaluate --run RUN --noise uniform=1 --json --examples 1000000000 >evaluation.json
    irreducible.py evaluation.json --training DATA/train.txt [--sample irreducible_sample.tsv] [--unread N]

Lines with mistakes fall into the first of these classes that fits, by the words of the training lines (case counts,
punctuation at their ends does not; known: there COMMON times or more):

  marks      no word is wrong: only punctuation is, or the space beside it
  in place   the wrong words are known and stand between their neighbours in the training lines, at least once for
             each RATIO times that the right ones stand there: a reader of three words would not touch them
  hidden     the wrong words are known
  number     a wrong word has a digit, or should have one
  rare       a right word is not known
  open       a wrong word is one edit away from a known word, not the right one, that stands there in the training lines
  plain      none of these: every mistake shows, and the right word is known and the only near one

The sample was read by eye (docs/results/long_run.md): a line is known by the start of the SHA-256 of its two sides, so
that none of the text is needed. --unread N prints N lines with mistakes that are not in it.
"""

import argparse
import collections
import difflib
import hashlib
import json
import math
import pathlib
import string
import sys

COMMON = 5
RATIO = 300  # a deletion or a swap of given characters is that rare; what is replaced or inserted is rarer
CLASSES = ("marks", "in place", "hidden", "number", "rare", "open", "plain")
LETTERS = string.ascii_letters + "'-"


def bare(word):
    return word.strip("-!?/;\"'%&<>.()[]{}@#:,|=*")


def words_of(line):
    return [bare(word) for word in line.split()]


def differences(noisy, clean):
    """(before, wrong words, right words, after) of each stretch that differs; < and > are the ends of the line."""
    wrong, right = words_of(noisy), words_of(clean)
    for tag, i, j, k, n in difflib.SequenceMatcher(None, wrong, right, autojunk=False).get_opcodes():
        if tag != "equal":
            yield (["<", *wrong][i], tuple(wrong[i:j]), tuple(right[k:n]), [*wrong, ">"][j])


def one_edit_away(word):
    splits = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    near = {a + b[1:] for a, b in splits if b}
    near |= {a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1}
    near |= {a + c + b[1:] for a, b in splits if b for c in LETTERS}
    near |= {a + c + b for a, b in splits for c in LETTERS}
    return near - {word}


class TrainingWords:
    """How often words stand in the training lines, and the stretches that are asked for."""

    def __init__(self, file):
        self.file = file
        self.words = collections.Counter(word for words in self.lines() for word in words)
        self.stretches = collections.Counter()

    def lines(self):
        with open(self.file, encoding="utf-8") as lines:
            for line in lines:
                yield words_of(line)

    def known(self, word):
        return word == "" or self.words[word] >= COMMON

    def count(self, stretches):
        """Counts these stretches of up to four words, ends of lines included."""
        lengths = sorted({len(stretch) for stretch in stretches})
        firsts = {stretch[:2] for stretch in stretches}
        for words in self.lines():
            words = ("<", *words, ">")
            for i in range(len(words) - 1):
                if words[i:i + 2] not in firsts:
                    continue
                for length in lengths:
                    stretch = words[i:i + length]
                    if len(stretch) == length and stretch in stretches:
                        self.stretches[stretch] += 1


def others(training, wrong, right):
    """Known words that a single wrong word could be, besides the right one."""
    if len(wrong) != 1:
        return []
    return [word for word in one_edit_away(wrong[0]) if (word,) != right and word and training.known(word)]


def classify(training, found):
    if not found:
        return "marks"
    wrong = [word for _, words, _, _ in found for word in words]
    right = [word for _, _, words, _ in found for word in words]
    if all(training.known(word) for word in wrong):
        def stands(before, words, after):
            return training.stretches[(before, *words, after)]
        if all(stands(before, bad, after) * RATIO >= max(1, stands(before, good, after))
               for before, bad, good, after in found):
            return "in place"
        return "hidden"
    if any(character.isdigit() for word in wrong + right for character in word):
        return "number"
    if not all(training.known(word) for word in right):
        return "rare"
    for before, bad, good, after in found:
        if any(training.stretches[(before, word, after)] for word in others(training, bad, good)):
            return "open"
    return "plain"


def classes_of(examples, training):
    found = [list(differences(example["noisy"], example["clean"])) for example in examples]
    asked = set()
    for before, bad, good, after in (one for line in found for one in line):
        asked |= {(before, *bad, after), (before, *good, after)}
        if not all(training.known(word) for word in bad):
            asked |= {(before, word, after) for word in others(training, bad, good)}
    training.count(asked)
    return [classify(training, line) for line in found]


def wilson(part, whole):
    """'12.3 % (11.0-13.7)', with the 95 % interval."""
    if whole == 0:
        return "-"
    z, share = 1.959964, part / whole
    middle = (share + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z / (1 + z * z / whole) * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    return f"{100 * share:.1f} % ({100 * max(0, middle - half):.1f}-{100 * (middle + half):.1f})"


def digest(example):
    # With single spaces, as evaluate reads the lines of --pairs.
    noisy, clean = (" ".join(example[side].split()) for side in ("noisy", "clean"))
    return hashlib.sha256(f"{noisy}\t{clean}".encode()).hexdigest()[:16]


def print_classes(examples, classes, lines):
    print(f"| class of the mistakes, of {lines:,} lines | lines | share of all | not mended | share of all |")
    print("|---|---|---|---|---|")
    by_class = collections.Counter(classes)
    wrong = collections.Counter(which for which, example in zip(classes, examples)
                                if example["output"] != example["clean"])
    for which in CLASSES:
        print(f"| {which} | {by_class[which]} | {wilson(by_class[which], lines)} | {wrong[which]} "
              f"| {wilson(wrong[which], lines)} |")
    print(f"| all with mistakes | {len(classes)} | {wilson(len(classes), lines)} | {wrong.total()} "
          f"| {wilson(wrong.total(), lines)} |")


def print_sample(sample, examples):
    """The lines that were read by eye: how many of each class the reader and the model mended."""
    by_digest = {digest(example): example for example in examples}
    rows = [line.rstrip("\n").split("\t") for line in open(sample, encoding="utf-8") if not line.startswith("#")]
    rows = [(by_digest[key], which, reader == "1") for key, which, reader in rows if key in by_digest]
    if not rows:
        sys.exit(f"{sample}: none of its lines are in the evaluation, which needs uniform=1 and --examples")
    print(f"\n| by eye, {len(rows)} lines with mistakes | lines | mended by the reader | by the model | by neither |")
    print("|---|---|---|---|---|")
    for name, which in [*((which, [which]) for which in ("plain", "open", "hidden", "source")),
                        ("all", ["plain", "open", "hidden", "source"])]:
        chosen = [(example["output"] == example["clean"], reader) for example, kind, reader in rows if kind in which]
        model, reader = sum(m for m, _ in chosen), sum(r for _, r in chosen)
        neither = sum(not m and not r for m, r in chosen)
        print(f"| {name} | {len(chosen)} | {reader} | {model} | {neither} |")
    count, mended = len(rows), [example["output"] == example["clean"] or reader for example, _, reader in rows]
    lost = sum(which != "plain" and not done for (_, which, _), done in zip(rows, mended))
    print(f"\nnot mended, of the lines with mistakes: by the reader {wilson(sum(not row[2] for row in rows), count)}; "
          f"by neither, and not plain {wilson(lost, count)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("evaluation", type=pathlib.Path, help="what evaluate --json --examples printed")
    parser.add_argument("--training", type=pathlib.Path, required=True, help="the data directory's train.txt")
    parser.add_argument("--sample", type=pathlib.Path,
                        default=pathlib.Path(__file__).with_name("irreducible_sample.tsv"),
                        help="lines that were read by eye (irreducible_sample.tsv)")
    parser.add_argument("--unread", type=int, metavar="N", help="print N lines with mistakes that it does not have")
    options = parser.parse_args()
    for path in (options.evaluation, options.training):
        if not path.is_file():
            parser.error(f"{path}: no such file")
    try:
        evaluation = json.loads(options.evaluation.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        parser.error(f"{options.evaluation}: is no JSON: {error}")
    if "examples" not in evaluation:
        parser.error(f"{options.evaluation}: was made without examples: seq2seq evaluate ... --json --examples 1000000000")
    examples = [example for example in evaluation["examples"] if example["noisy"] != example["clean"]]
    if options.unread:
        read = {line.split("\t")[0] for line in open(options.sample, encoding="utf-8")}
        for example in [example for example in examples if digest(example) not in read][:options.unread]:
            print(digest(example), example["noisy"], example["clean"], sep="\t")
        return
    broken = len(evaluation["examples"]) - len(examples)
    print_classes(examples, classes_of(examples, TrainingWords(options.training)), evaluation["lines"])
    lines = evaluation["lines"]
    print(f"\nlines without mistakes that the model broke: {broken}, {wilson(broken, lines)} of all lines")
    if options.sample.exists():
        print_sample(options.sample, examples)


if __name__ == "__main__":
    main()
