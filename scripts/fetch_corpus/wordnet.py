"""WordNet's data files. A line ends in '| gloss; gloss; "example"; ...': each gloss and example is a paragraph.
Documents are buckets of the first word that a line explains."""

import re

from plain import bucket

BUCKETS = 64
LINE = re.compile(r"\S+ \S+ \S+ \S+ (\S+).* \| (.*\S)")
EXAMPLE = re.compile(r'\s*"(.*\S)\s*"[^"]*$')


def pieces(gloss):
    """Semicolons inside quotes do not separate; what is left where a quote never ends is one piece."""
    piece = ""
    for part in gloss.split(";"):
        piece = piece + ";" + part if piece else part
        if piece.count('"') % 2 == 0:
            yield piece
            piece = ""
    yield piece


def decode(paths):
    for path in paths:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                match = LINE.match(line)  # none in the licence, whose lines are set in
                for piece in pieces(match[2]) if match else ():
                    # Quotes around an example go, and so does the name of the author after them.
                    example = EXAMPLE.match(piece) if piece.count('"') % 2 == 0 else None
                    text = example[1] if example else piece.strip()
                    if text:
                        yield bucket(match[1], BUCKETS), text
