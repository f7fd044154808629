"""Plain text under gzip, lines wrapped; entries begin with a line like ":word: /sound/, n.". Documents are buckets of
these words."""

import gzip
import re

from plain import bucket, decoded, is_title, paragraphs, squeezed

BUCKETS = 16  # as many as dictd has for FOLDOC
WORD = re.compile(r"\s*:([^:]+):")
LABELS = re.compile(r"^(?:\d+\. )?(?:\[[a-z ,;.-]+\] )?")
TABLE = re.compile("[\u2500-\u257f]")


def decode(paths):
    for path in paths:
        with gzip.open(path) as file:
            text = decoded(file.read()).replace("\r", "")
        word = ""
        for lines in paragraphs(text):
            entry = WORD.match(lines[0])
            word = entry[1] if entry else word
            if not (entry or is_title(lines) or TABLE.search(lines[0])):
                paragraph = squeezed(re.sub(r"[{}]", "", " ".join(lines)))
                yield bucket(word, BUCKETS), LABELS.sub("", paragraph)
