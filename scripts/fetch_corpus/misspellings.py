"""Lists of misspellings: codespell's 'wrong->right', 'wrong->right, other,' or 'wrong->right, other, reason', and
lintian's 'wrong||right', where wrong may be a regular expression that begins with (?i). Gives wrong<TAB>right, once
for each correction: somebody may have meant any of them. What is more than letters, apostrophes, hyphens and blanks
is left out."""

import re

WORDS = re.compile(r"[A-Za-z][A-Za-z' -]*")
SEPARATOR = re.compile(r"->|\|\|")


def corrections(right):
    """Behind the last comma stands a reason, or nothing."""
    return right.split(",")[:-1] if "," in right else [right]


def decode(paths):
    for path in paths:
        with open(path, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                fields = SEPARATOR.split(line.strip().removeprefix("(?i)"))
                for right in corrections(fields[1]) if len(fields) == 2 else ():
                    pair = fields[0], right.strip()
                    if all(map(WORDS.fullmatch, pair)) and pair[0] != pair[1]:
                        yield None, "\t".join(pair)
