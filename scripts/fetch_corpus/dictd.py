"""Dictionaries of dictd: X.dict.dz, which is gzip, beside X.index, a line an entry: word, offset, size."""

import gzip
import re

from plain import decoded, paragraphs, squeezed

DIGITS = {digit: value for value, digit in
          enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")}
SOURCE = re.compile(r"\[[^\[\]]*(?:Webster|WordNet|PJC|Century Dict\.)[^\[\]]*\]|\[[A-Z]{2,4}\]")
NOTE = re.compile(r"\[[^\[\]]*\]\.?")  # where it is a whole paragraph: references
# At the end: "--Shak.", "-- {Dichotomously}, adv."
AUTHOR = re.compile(r"\s*--\s?(?:[A-Z][^\"]{0,40}|\{[^}]*\}, [a-z. ]+)$")
LABELS = re.compile(r"(?:\d+\. |\([a-z]\) |\([A-Z][A-Za-z.,& ]*\) |<[a-z, -]+> |\([A-Z0-9]+\) |/[^/]+/ )+")
DATE = re.compile(r"\(\d{4}(?:-\d\d)+\)|\(\d{4}\)")


def number(text):
    value = 0
    for digit in text:
        value = value * 64 + DIGITS[digit]
    return value


def entries(path):
    """Each entry once, though several words may lead to it."""
    with gzip.open(path) as file:
        data = file.read()
    with open(path.removesuffix(".dict.dz") + ".index", encoding="utf-8", errors="replace") as index:
        fields = [line.rstrip("\n").split("\t") for line in index]
    about = {(number(at), number(size)) for word, at, size in fields if word.startswith("00")}
    for at, size in sorted({(number(at), number(size)) for word, at, size in fields} - about):
        yield decoded(data[at:at + size])


def body(entry):
    """Without the words explained, which start a line, and what stands in brackets about them."""
    lines = entry.strip("\n").split("\n")
    at, depth = 0, 0
    while at < len(lines) and (lines[at][:1].strip() or depth > 0):
        depth += lines[at].count("[") - lines[at].count("]")
        at += 1
        if at < len(lines) and not lines[at].strip():
            break
    return "\n".join(lines[at:])


def cleaned(lines):
    text = SOURCE.sub(" ", squeezed(" ".join(lines)))
    text = AUTHOR.sub("", squeezed(text))
    text = LABELS.sub("", text, count=1) if LABELS.match(text) else text
    text = squeezed(DATE.sub(" ", re.sub(r"[{}]", "", text)))
    return "" if NOTE.fullmatch(text) else text


def decode(paths):
    for path in paths:
        for entry in entries(path):
            for lines in paragraphs(body(entry)):
                text = cleaned(lines)
                if text:
                    yield None, text
