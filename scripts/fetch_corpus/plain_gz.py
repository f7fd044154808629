"""Plain text under gzip, lines wrapped; entries begin with a line like ":word: /sound/, n."."""

import gzip
import re

from plain import decoded, is_title, paragraphs, squeezed

LABELS = re.compile(r"^(?:\d+\. )?(?:\[[a-z ,;.-]+\] )?")
TABLE = re.compile("[\u2500-\u257f]")


def decode(paths):
    for path in paths:
        with gzip.open(path) as file:
            text = decoded(file.read()).replace("\r", "")
        for lines in paragraphs(text):
            if is_title(lines) or lines[0].lstrip().startswith(":") or TABLE.search(lines[0]):
                continue
            paragraph = squeezed(re.sub(r"[{}]", "", " ".join(lines)))
            yield None, LABELS.sub("", paragraph)
