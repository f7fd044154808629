"""SWORD's compressed modules (zText, zCom): X.?zs holds records of offset, size and unpacked size, 4 bytes each, little
end first, X.?zz the zlib streams that they point at. Unpacked and joined they are OSIS, a kind of XML; each of its
books is a document, and so is each psalm, but books that tell the same in the same words are one."""

import html
import re
import struct
import zlib

from plain import squeezed

BOOK = re.compile(r'<div\b(?=[^>]*\btype="(book|glossary)")(?=[^>]*\bsID=)(?:(?=[^>]*\bosisID="([^"]*)")|)[^>]*>')
# Titles, notes, outlines of chapters, and "Verse 7." before what is said about it.
DROPPED = re.compile(
    r'<(title|note|table|speaker)\b[^>]*(?<!/)>.*?</\1>|<hi type="bold">\s*Ver(?:ses?|\.)[^<]*</hi>', re.S)
PSALM = re.compile(r'<chapter\b(?=[^>]*\bsID="Ps\.(\d+)")[^>]*>')
PARALLEL = {"mark": "matt", "luke": "matt", "2sam": "1kgs", "2kgs": "1kgs", "1chr": "1kgs", "2chr": "1kgs"}
BREAK = re.compile(r'<(?:div [^>]*type="(?:x-p|introduction)"|/?(?:lg|item|list|cell|row)\b|chapter\b|lb\b)[^>]*>')
ENDS, NOTE = "\0", "\1"


def unpacked(path):
    with open(path, "rb") as records, open(path[:-1] + "z", "rb") as streams:
        index, data = records.read(), streams.read()
    blocks = []
    for offset, size, length in struct.iter_unpack("<III", index):
        if size:
            blocks.append(zlib.decompress(data[offset:offset + size]))
            if len(blocks[-1]) != length:
                raise ValueError(f"{path}: {len(blocks[-1])} bytes where {length} are announced")
    return b"".join(blocks).decode("utf-8", "replace")


def books(osis):
    starts = list(BOOK.finditer(osis))
    for start, following in zip(starts, [*starts[1:], None]):
        if start[1] == "book":
            # The Greek Daniel and Esther tell what the others do.
            name = re.sub(r"Gr$", "", start[2] or "").lower()
            yield PARALLEL.get(name, name), osis[start.end():following.start() if following else len(osis)]


def documents(osis):
    for name, book in books(osis):
        first, *psalms = PSALM.split(book)
        yield name, first
        for number, psalm in zip(psalms[::2], psalms[1::2]):
            yield f"{name}-{int(number):03d}", psalm


def paragraphs(book):
    # A paragraph ends where something was left out, but for notes, which may stand where a blank is missing.
    book = DROPPED.sub(lambda match: NOTE if match[1] == "note" else ENDS, book)
    for part in BREAK.sub(ENDS, book).split(ENDS):
        text = html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"<l\b[^>]*>", " ", part)))
        text = re.sub(rf"(?<=\w){NOTE}(?=\w)", " ", text)
        text = squeezed(text.replace(NOTE, "").replace("¶", ""))
        if text:
            yield text


def decode(paths):
    for path in paths:
        for name, document in documents(unpacked(path)):
            for text in paragraphs(document):
                yield name, text
