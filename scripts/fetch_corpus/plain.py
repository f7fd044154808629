"""What the decoders share: bytes to characters, wrapped lines to paragraphs, words to buckets."""

import re
import zlib


def decoded(data):
    """Old files mix UTF-8 and Windows-1252, never within a line."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return "\n".join(decoded_line(line) for line in data.split(b"\n"))


def decoded_line(data):
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def squeezed(text):
    return " ".join(text.split())


def paragraphs(text):
    """The lines of each paragraph; blank lines stand between."""
    for part in re.split(r"\n\s*\n", text):
        lines = [line.rstrip() for line in part.split("\n") if line.strip()]
        if lines:
            yield lines


def is_title(lines):
    """A line of its own that ends like no sentence, or one all in capitals."""
    text = squeezed(" ".join(lines))
    ends = len(lines) == 1 and not re.search(r"[.?!:;,\"'”’)-]$", text)
    return ends or not re.search(r"[a-z]", text) or re.match(r"(CHAPTER|VOLUME|Chapter|Volume) [\dIVXLC]+\b", text)


def bucket(word, count):
    """A number for what is said about a word, the same in every book. Its first letters decide, so that a family of
    words, which are often explained in the same words, stays together."""
    family = re.sub("[^a-z]", "", word.lower())[:4]
    return f"{zlib.crc32(family.encode()) % count:02d}"
