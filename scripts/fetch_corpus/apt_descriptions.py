"""apt's lists of English descriptions, Translation-en: "Description-en: title", then the text, each line set in by a
blank: " ." ends a paragraph, two blanks or more set a list or code apart."""

import re
import subprocess

from plain import squeezed

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
            lines = []
            for line in process.stdout:
                line = line.decode("utf-8", "replace").rstrip()
                if line.startswith(" "):
                    lines.append(line)
                elif lines:
                    for paragraph in description(lines):
                        yield None, paragraph
                    lines = []
        for paragraph in description(lines):
            yield None, paragraph
        if process.returncode:
            raise ValueError(f"cannot read {path}")
