"""How much the groups of a corpus repeat each other.

Looks at every 16th run of eight words, chosen by its checksum, in paragraphs that are not the same as an earlier one,
and prints which share of them another paragraph has too, and which another group."""

import argparse
import collections
import glob
import os
import re
import zlib

WORD = re.compile(rb"[a-z']+")
WORDS, EVERY = 8, 16


def runs(paragraph):
    words = WORD.findall(paragraph.lower())
    checksums = (zlib.crc32(b" ".join(words[at:at + WORDS])) for at in range(len(words) - WORDS + 1))
    return {checksum for checksum in checksums if checksum % EVERY == 0}


def main(folder):
    seen, paragraphs, characters = set(), collections.Counter(), collections.Counter()
    groups = collections.defaultdict(collections.Counter)  # of each run: how many paragraphs of each group have it
    for path in sorted(glob.glob(os.path.join(glob.escape(folder), "*", "*.txt"))):
        group = os.path.basename(os.path.dirname(path))
        with open(path, "rb") as file:
            for line in file:
                characters[group] += len(line)
                if hash(line) not in seen:
                    seen.add(hash(line))
                    for run in runs(line):
                        groups[run][group] += 1
    total = sum(sum(counts.values()) for counts in groups.values())
    within = sum(sum(counts.values()) for counts in groups.values() if sum(counts.values()) > 1)
    across, shared = 0, collections.Counter()
    for counts in groups.values():
        paragraphs.update(counts)
        if len(counts) > 1:
            across += sum(counts.values())
            shared.update(counts)
    print(f"{len(characters)} groups; runs of {WORDS} words that another paragraph has too: {within / total:.2%}, "
          f"another group: {across / total:.2%}")
    print("largest groups:")
    for group, count in characters.most_common(5):
        print(f"  {count / characters.total():6.2%} of the bytes  {group}")
    print("groups that share most:")
    for group, count in shared.most_common(10):
        print(f"  {count / paragraphs[group]:6.2%} of its runs, {count / total:.3%} of all  {group}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="holds GROUP/*.txt")
    main(parser.parse_args().folder)
