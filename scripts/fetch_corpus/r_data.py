"""R's Rdata.rdb: for each object 4 bytes of size, then a zlib stream with R's serialisation of it (XDR, version 3).
Every vector of strings is a text; where there are several, each is a document named by its first line."""

import re
import struct
import zlib

from plain import decoded, is_title, paragraphs, squeezed

STRINGS, STRING = 16, 9
GUTENBERG = re.compile(r"\*\*\* ?START OF TH[^\n]*\*\*\*(.*?)\*\*\* ?END OF TH", re.S)


def objects(data):
    while len(data) > 4:
        stream = zlib.decompressobj()
        yield stream.decompress(data[4:])
        data = stream.unused_data


def word(data, at):
    return struct.unpack_from(">i", data, at)[0]


def strings(data):
    """Of a vector of strings; none of anything else."""
    if data[:6] != b"X\n\0\0\0\3":
        raise ValueError("not R's serialisation, version 3")
    at = 18 + word(data, 14)
    if word(data, at) & 0xFF != STRINGS:
        return
    count, at = word(data, at + 4), at + 8
    for _ in range(count):
        if word(data, at) & 0xFF != STRING:
            raise ValueError(f"no string at byte {at}")
        size = max(word(data, at + 4), 0)  # -1 where there is none
        yield decoded(data[at + 8:at + 8 + size])
        at += 8 + size


def book(text):
    """Without what Project Gutenberg puts around it, and without underlining."""
    match = GUTENBERG.search(text)
    text = match[1] if match else text
    for lines in paragraphs(text):
        if not is_title(lines):
            yield squeezed(re.sub(r"(?<!\w)_([^_]+)_(?!\w)", r"\1", " ".join(lines)))


def decode(paths):
    for path in paths:
        with open(path, "rb") as file:
            texts = ["\n".join(strings(data)).replace("\r", "") for data in objects(file.read())]
        texts = [text for text in texts if text.strip()]
        for text in texts:
            first = text.strip("\n\ufeff ").split("\n")[0]
            name = re.sub(r"[^a-z]+", "-", first.lower()).strip("-") if len(texts) > 1 else None
            for paragraph in book(text):
                yield name, paragraph
