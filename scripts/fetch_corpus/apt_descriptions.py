"""apt's lists of English descriptions, Translation-en: "Description-en: title", then the text, each line set in by a
blank: " ." ends a paragraph, two blanks or more set a list or code apart. Documents are buckets of packages' names, so
that those of one source stay together, by and large."""

import re
import subprocess

from plain import bucket, squeezed

BUCKETS = 32
LANGUAGE = re.compile(r"(?:lib|python3?-|ruby-|golang-(?:github-)?|node-|ghc-|r-(?:cran|bioc)-|php-|elpa-|texlive-|"
                      r"fonts-|gir1\.2-)+")
ITEM = re.compile(r"\s*[-*+o•] +(.*)")


def description(lines):
    """Its paragraphs and the items of its lists."""
    text, is_kept = [], True
    for line in [*lines, " ."]:
        item = ITEM.match(line)
        is_set_in = line.startswith("  ")
        if line == " ." or item or (is_set_in and not text) or (text and not is_set_in and text[0] == ""):
            if any(text):
                yield squeezed(" ".join(text))
            text = ["", item[1]] if item else []
            is_kept = not is_set_in or item  # code is not
        if is_kept and not item and line != " .":
            text.append(line)


def decode(paths):
    for path in paths:
        # apt keeps them compressed in a way of its user's choice.
        with subprocess.Popen(["/usr/lib/apt/apt-helper", "cat-file", path], stdout=subprocess.PIPE) as process:
            document, lines = None, []
            for line in [*process.stdout, b"Package:"]:
                line = line.decode("utf-8", "replace").rstrip()
                if line.startswith(" "):
                    lines.append(line)
                elif line.startswith("Package:"):
                    for paragraph in description(lines):
                        yield document, paragraph
                    document, lines = bucket(LANGUAGE.sub("", line[9:], count=1), BUCKETS), []
        if process.returncode:
            raise ValueError(f"cannot read {path}")
