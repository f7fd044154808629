"""Files of fortunes: "%" alone on a line ends each; a line "-- Name", set in, says who said it. A file is a
document."""

import os
import re

from plain import decoded, squeezed

AUTHOR = re.compile(r"^\s+--.*", re.S | re.M)
SAME = {"linuxcookie": "linux"}  # much of the one is in the other
DRAWINGS = {"ascii-art"}


def fortunes(path):
    with open(path, "rb") as file:
        text = re.sub("[^\n]\b", "", decoded(file.read()).replace("\r", ""))  # what was struck over
    return re.split(r"^%.*\n?", text, flags=re.M)


def decode(paths):
    for path in paths:
        name = os.path.basename(path)
        if os.path.islink(path) or name.endswith(".dat") or name in DRAWINGS:
            continue
        for fortune in fortunes(path):
            # A tab, several blanks or an empty line start a paragraph.
            for paragraph in re.split(r"\n(?=\t| {3}|\s*\n)", AUTHOR.sub("", fortune)):
                text = squeezed(paragraph)
                if text:
                    yield SAME.get(name, name), text
