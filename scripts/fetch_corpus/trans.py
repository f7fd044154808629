"""The dictionary of trans-de-en: 'German | German :: English; English | English', remarks in brackets of all kinds."""

import re

from plain import squeezed

REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|<[^<>]*>|(?<!\S)/[^/]*/")


def phrases(english):
    previous = None
    while previous != english:  # brackets within brackets
        previous, english = english, REMARK.sub("", english)
    return (squeezed(phrase) for phrase in re.split(r"[|;]", english))


def decode(paths):
    for path in paths:
        with open(path, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                german, separator, english = line.partition("::")
                for phrase in phrases(english) if separator and not german.startswith("#") else ():
                    if phrase.count(" ") >= 2:
                        yield None, phrase
